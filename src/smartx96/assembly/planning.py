"""From the tables of an installation file to the plan of what is to be run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from smartx96.assembly.installation_tables import Document, MeterKeys
from smartx96.assembly.plan import (
    InstallationPlan,
    MeterPlan,
    ProfilePlan,
    ServicePlan,
    SourcePlan,
)
from smartx96.errors import ConfigurationError, OptionError
from smartx96.frontend.front_end import PRESETS
from smartx96.modbus.place import Kind
from smartx96.modbus.tls import TlsFiles
from smartx96.outputs.gpio import SCHEME, lines_of
from smartx96.outputs.influx.terms import InfluxTerms
from smartx96.outputs.mqtt.terms import MqttTerms
from smartx96.samples.given.broker import Certificates
from smartx96.samples.given.opening import is_read_once, with_folder
from smartx96.samples.live_pcm import PIPE, SCHEMES, STANDARD_INPUT, TCP
from smartx96.samples.sources import GIVEN, MAINS, SAMPLED_VALUES
from smartx96.settings import check_together

_SHARED = (TCP,)
"""Live sources that several meters can have at once: each connects for itself."""


Changed = Callable[[InstallationPlan], InstallationPlan]
"""What is said beside a file: from its plan to the one that rules."""


def plan(document: Document, path: Path, labels: list[str], changed: Changed) -> InstallationPlan:
    """The plan of an installation file.

    Parameters
    ----------
    document : Document
    path : Path
        The file, from whose folder paths start.
    labels : list of str
        What its meters are called in the lines of errors.
    changed : callable
        What is said beside it.

    Raises
    ------
    ConfigurationError
        Meters that do not go together, or with their settings.
    """
    if document.meter and "name" in document.model_fields_set:
        raise ConfigurationError(f"{path}: name: every meter has a name of its own")
    tables = zip(document.meter, labels, strict=True) if document.meter else [(document, "")]
    found = InstallationPlan(
        meters=tuple(
            _meter(table, document, path.parent, f"{path}: {label}" if label else str(path))
            for table, label in tables
        ),
        state=None if document.state is None else path.parent / document.state,
        service=_service(document, path.parent),
        speed=document.speed,
        seconds=document.seconds,
        once=document.once,
        web=document.web,
        web_names=tuple(document.web_names),
        mqtt=_mqtt(document, path.parent),
        influx=_influx(document, path.parent),
    )
    found = changed(found)
    _check_apart(found)
    return found


def _meter(table: Any, document: Document, folder: Path, place: str) -> MeterPlan:
    """The plan of a table, with what stands at the top where it says nothing."""
    said: dict[str, Any] = {
        key: getattr(table if key in table.model_fields_set else document, key)
        for key in MeterKeys.model_fields
    }
    text = str(said["source"])
    files = said["values_tls"]
    said["values_tls"] = None if files is None else _certificates(files, folder)
    options = {key: said[key] for key in SourcePlan().options}
    found = MeterPlan(
        name=table.name,
        source=SourcePlan(_source(text, folder), **options),
        model=said["model"],
        changes=document.changes() | table.changes(),
        subgroups=said["subgroups"],
        supply=said["supply"],
        profile=ProfilePlan(**dict(said["profile"])),
        pulses=tuple(p if p.startswith(SCHEME) else str(folder / p) for p in said["pulses"]),
        tariffs=None if said["tariffs"] is None else folder / said["tariffs"],
        front_end=_front_end(said["frontend"], folder),
        ports={kind: said[kind] for kind in Kind if said[kind] is not None},
        meter_code=said["meter_code"],
        serve_as=said["serve_as"],
        interval=said["interval"],
        place=place,
    )
    try:
        check_together(found.settings, found.model)
    except OptionError as error:
        raise ConfigurationError(f"{place}: {error}") from None
    return found


def _service(document: Document, folder: Path) -> ServicePlan:
    said = dict(document.service)
    for key in ("trace", "capture"):
        said[key] = None if said[key] is None else str(folder / said[key])
    said["allow"] = tuple(said["allow"] or ())
    files = said["tls"]
    said["tls"] = None if files is None else TlsFiles(*(folder / name for name in files))
    return ServicePlan(**said)


def _mqtt(document: Document, folder: Path) -> MqttTerms | None:
    if document.mqtt is None:
        return None
    said = dict(document.mqtt)
    said["tls"] = _certificates(said["tls"] or (), folder)
    file = said["password_file"]
    said["password_file"] = None if file is None else folder / file
    return MqttTerms(**said)


def _certificates(names: Iterable[str], folder: Path) -> Certificates:
    return Certificates(*(folder / name for name in names))


def _influx(document: Document, folder: Path) -> InfluxTerms | None:
    if document.influx is None:
        return None
    found = InfluxTerms(**dict(document.influx))
    return replace(found, to=found.within(folder))


def _source(text: str, folder: Path) -> str:
    """The text of a source with its path, if it has one, from the file's folder."""
    if text.startswith(PIPE):
        return PIPE + str(folder / text.removeprefix(PIPE))
    if text in (MAINS, STANDARD_INPUT) or text.startswith((*SCHEMES, SAMPLED_VALUES)):
        return text
    if text.startswith(GIVEN):
        return with_folder(text, folder)
    return str(folder / text)


def _front_end(text: str | None, folder: Path) -> str | None:
    """A preset, or a file with its path from the installation file's folder."""
    return text if text is None or text in PRESETS else str(folder / text)


def _check_apart(plan: InstallationPlan) -> None:
    """Refuse what several meters cannot have in common."""
    _check_once(plan, "name", lambda meter: [meter.name.casefold()])
    _check_once(plan, "source", _sources)
    _check_once(plan, "pulses", _contacts)
    _check_once(plan, "settings.unit_address", _unit_addresses)


def _check_once(
    plan: InstallationPlan, key: str, values: Callable[[MeterPlan], Iterable[object]]
) -> None:
    taken: dict[object, MeterPlan] = {}
    for meter in plan.meters:
        for value in values(meter):
            if value in taken:
                raise ConfigurationError(
                    f"{meter.place}: {key}: {value} is that of meter {taken[value].name} already; "
                    "every meter needs one of its own"
                )
            taken[value] = meter


def _sources(meter: MeterPlan) -> Iterator[str]:
    """Live sources, each of whose samples reaches only one reader."""
    text = meter.source.text
    live = text == STANDARD_INPUT or text.startswith(SCHEMES) or is_read_once(text)
    if live and not text.startswith(_SHARED):
        yield text


def _contacts(meter: MeterPlan) -> Iterator[str]:
    """Files and lines, each of which shows one output."""
    for text in meter.pulses:
        if text.startswith(SCHEME):
            found = lines_of(text)
            yield from (f"{found.chip} line {line}" for line in found.lines.values())
        else:
            yield text


def _unit_addresses(meter: MeterPlan) -> Iterator[str]:
    for place in meter.ports.values():
        yield f"{meter.settings.number('unit_address')} on {place}"
