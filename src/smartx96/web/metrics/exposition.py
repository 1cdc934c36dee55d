"""Exposition: metrics as text, in the form of Prometheus (0.0.4) or of OpenMetrics (1.0.0)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from smartx96.web.metrics.family import Family, Type


class Form(Enum):
    """How metrics are written; the values are media types."""

    PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


_KINDS = {
    "text/plain": Form.PROMETHEUS,
    "text/*": Form.PROMETHEUS,
    "*/*": Form.PROMETHEUS,
    "application/*": Form.OPENMETRICS,
    "application/openmetrics-text": Form.OPENMETRICS,
}

_VERSIONS = {Form.PROMETHEUS: ("0.0.4",), Form.OPENMETRICS: ("1.0.0", "0.0.1")}


def wanted(accept: str) -> Form:
    """The form that a client likes best, Prometheus's own where it likes none (RFC 9110, 12.5.1).

    Parameters
    ----------
    accept : str
        The header of its request; empty where there is none.
    """
    liked = [(quality, form) for form, quality in _offers(accept) if quality > 0]
    best = max((quality for quality, _ in liked), default=0.0)
    forms = [form for quality, form in liked if quality == best]
    return forms[0] if forms else Form.PROMETHEUS


def _offers(accept: str) -> Iterator[tuple[Form, float]]:
    for offer in accept.lower().split(","):
        kind, *rest = (part.strip() for part in offer.split(";"))
        parameters = {name: value for name, _, value in (part.partition("=") for part in rest)}
        form = _KINDS.get(kind)
        version = parameters.get("version", "").strip('"')
        if form is not None and (not version or version in _VERSIONS[form]):
            yield form, _quality(parameters.get("q", "1"))


def _quality(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return found if 0 <= found <= 1 else 0.0


def head(family: Family, form: Form) -> str:
    """Lines that tell what a family is."""
    if form is Form.OPENMETRICS:
        unit = f"# UNIT {family.name} {family.unit}\n" if family.unit else ""
        name, type = family.name, str(family.type)
    else:
        unit, name = "", family.sample
        type = str(Type.GAUGE if family.type is Type.INFO else family.type)
    return f"# HELP {name} {_escaped(family.text)}\n# TYPE {name} {type}\n{unit}"


def heading(family: Family, labels: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """What stands before the value of a sample."""
    said = ",".join(
        f'{name}="{_escaped(value, quoted=True)}"' for name, value in dict(labels).items()
    )
    return f"{family.sample}{{{said}}} "


def end(form: Form) -> str:
    """The last line."""
    return "# EOF\n" if form is Form.OPENMETRICS else ""


def _escaped(text: str, *, quoted: bool = False) -> str:
    found = text.replace("\\", "\\\\").replace("\n", "\\n")
    return found.replace('"', '\\"') if quoted else found
