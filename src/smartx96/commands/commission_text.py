"""A commissioning in the terminal: printed once, or renewed while somebody looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from smartx96.commands.contents_text import output, table, told
from smartx96.report.commissioning.sections import checks, facts, verdict
from smartx96.report.commissioning.values import angle, line_values, phase_values, single_values
from smartx96.report.contents import Facts

Document = Mapping[str, Any]


def show(document: Document) -> None:
    """Print what the meter shows, what was checked, and what came out.

    Parameters
    ----------
    document : mapping
        Of a commissioning.
    """
    # Words go on in the next line rather than being cut at the edge.
    output().print(_all(document), soft_wrap=False)


class Watch:
    """A screen of its own, on which a commissioning is renewed.

    Attributes
    ----------
    document : dict or None
        The last one shown.
    """

    def __init__(self) -> None:
        self.document: dict[str, Any] | None = None
        self._live = Live(console=output(), screen=True, auto_refresh=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self._live.stop()

    def show(self, document: dict[str, Any]) -> None:
        """Renew the screen."""
        self.document = document
        self._live.update(_brief(document), refresh=True)

    def leave(self) -> None:
        """Print what was shown last, so that it stays to be read."""
        if self.document is not None:
            show(self.document)


def _all(document: Document) -> Group:
    """Everything, what came out at the end."""
    return Group(
        _facts(facts(document)),
        *_values(document),
        table("Checks", checks(document)),
        told(verdict(document)),
    )


def _brief(document: Document) -> Group:
    """What came out first, so that it stands on a small screen too; what passed is left out."""
    left = [c for c in document["checks"] if c["verdict"] == "not judged"]
    return Group(
        Text(f"{document['meter']['target']}  {document['observation']['readings']} readings"),
        told(verdict(document)),
        Text(f"  not judged: {', '.join(c['title'] for c in left)}" if left else ""),
        *_values(document),
    )


def _values(document: Document) -> Iterator[RenderableType]:
    for heading, rows in (("Values", phase_values(document)), ("Lines", line_values(document))):
        if rows is not None:
            yield table(heading, rows)
    yield _facts(single_values(document))
    phasors = (*document["phasors"]["voltage"], *document["phasors"]["current"])
    yield Text(" " + ", ".join(f"{p['name']} {p['rms']:.5g} at {angle(p)}" for p in phasors))


def _facts(found: Facts) -> Table:
    shown = Table(box=None, padding=(0, 1), show_header=False)
    for term, text in found.entries:
        shown.add_row(Text(term, style="dim"), Text(text))
    return shown
