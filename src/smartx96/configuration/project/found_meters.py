"""Found meters as a project file: where each is asked, what it is called, which one it is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from smartx96.configuration.project import table as checks
from smartx96.configuration.project.project_file import LARGEST, METERS, PLACES, project_of
from smartx96.configuration.search.found import Found, State
from smartx96.errors import ConfigurationError, OptionError, X96Error, printable
from smartx96.modbus.line.parameters import LineParameters
from smartx96.modbus.place import STANDARD_PORT, Kind, Place
from smartx96.partial_file import whole_file
from smartx96.toml_file import parse_toml
from smartx96.wording import counted

_KEYS = {kind: key for key, kind in PLACES.items()}
_LONGEST_PART = 40
"""Of a place in a name [characters]."""

_NO_METERS = {
    State.OTHER: "something else answers there",
    State.DAMAGED: "damaged answers come from there",
}


class Parted(NamedTuple):
    """Who of those that were found becomes a meter of a project.

    Parameters
    ----------
    meters : list of Found
    left : list of (Found, str)
        The others, with the reason.
    """

    meters: list[Found]
    left: list[tuple[Found, str]]


def write_found(path: Path, found: Iterable[Found], *, stopped: bool = False) -> Parted:
    """Write a project of what was found; the file has its name only when it is whole.

    Parameters
    ----------
    path : Path
    found : iterable of Found
        Each meter once, as a search has them.
    stopped : bool
        Whether the search was stopped before its end.

    Raises
    ------
    X96Error
        No meter is among them, or more than a project has.
    OptionError
        The file cannot be written.
    """
    parted = part(found)
    if not parted.meters:
        raise X96Error(f"{path}: not written, for no meter was found")
    content = project_text(parted, stopped=stopped).encode()
    # Read as `x96 push` will read it, before it has its name.
    project_of(parse_toml(content, path, LARGEST, ConfigurationError))
    with whole_file(path, "project") as file:
        file.write(content)
    return parted


def part(found: Iterable[Found]) -> Parted:
    """Tell those that a project can have from the others.

    A serial number that answers at two places is taken for one meter that is reached in two ways;
    at two addresses of one place it is two meters.
    """
    parted = Parted([], [])
    numbers, addresses = dict[int, Found](), dict[tuple[Place, int], Found]()
    for each in found:
        target, number = each.target, each.nameplate.serial_number
        if each.state is not State.METER:
            parted.left.append((each, _NO_METERS[each.state]))
            continue
        twin = numbers.setdefault(number, each) if number else each
        if twin.target.place != target.place:
            same = f"serial number {number} is that of the meter at {twin.target}"
            parted.left.append((each, f"{same}: taken for the same one"))
            continue
        holder = addresses.setdefault((target.place, target.unit), each)
        if holder is not each:
            parted.left.append((each, f"the meter at {holder.target} has the same address"))
            continue
        parted.meters.append(each)
    return parted


def project_text(parted: Parted, *, stopped: bool = False) -> str:
    """The content of the project file."""
    meters = parted.meters
    by_place = dict[Place, list[Found]]()
    for each in meters:
        by_place.setdefault(each.target.place, []).append(each)
    # A host with one meter needs no line of its own: a network has hundreds of them.
    lines = {place: on_it for place, on_it in by_place.items() if len(on_it) > 1}
    names = dict(zip(lines, _line_names(lines), strict=True))
    numbers = Counter(each.nameplate.serial_number for each in meters)
    parts = ["\n".join(f"# {line}" for line in _heading(parted, stopped))]
    for place, name in names.items():
        parts.append("\n".join(_line(name, place, lines[place][0].target.parameters)))
    for each, name in zip(meters, meter_names(meters), strict=True):
        place = each.target.place
        usual = lines[place][0].target.parameters if place in lines else None
        alone = numbers[each.nameplate.serial_number] == 1
        parts.append("\n".join(_meter(each, name, names.get(place), usual, alone)))
    return "\n\n".join(parts) + "\n"


def meter_names(meters: Sequence[Found]) -> list[str]:
    """A name for each: its own where no other has it, else `meter-UNIT`, else with its place."""
    ladders = [_ladder(each) for each in meters]
    names, taken = [""] * len(meters), set[str]()
    for rung in zip(*ladders, strict=True):
        wanted = [name.casefold() for name in rung]
        counts = Counter(key for key, name in zip(wanted, names, strict=True) if not name)
        for n, key in enumerate(wanted):
            if key and not names[n] and counts[key] == 1 and key not in taken:
                names[n] = rung[n]
        taken = {name.casefold() for name in names}
    for n, name in enumerate(names):
        if not name:
            names[n] = _free(ladders[n][-1], taken)
    return names


def _ladder(found: Found) -> tuple[str, str, str]:
    """Names that it may have, the best first; an empty one is none."""
    try:
        own = checks.name(found.nameplate.name).strip()
    except OptionError:
        own = ""
    numbered = f"meter-{found.target.unit}"
    return own, numbered, f"{numbered}-{_part_of_name(found.target.place)}"


def _free(name: str, taken: set[str]) -> str:
    """A name with the first number that nobody has; it is taken from then on."""
    found = next(each for n in count(2) if (each := f"{name}-{n}").casefold() not in taken)
    taken.add(found.casefold())
    return found


def _line_names(places: Iterable[Place]) -> Iterator[str]:
    taken = set[str]()
    for place in places:
        name = _part_of_name(place)
        yield _free(name, taken) if name.casefold() in taken else name
        taken.add(name.casefold())


def _part_of_name(place: Place) -> str:
    """A place in signs that a bare key of TOML has."""
    text = str(place).removeprefix("/dev/")
    if place.kind is not Kind.RTU:
        text = text.removesuffix(f":{STANDARD_PORT}")
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:_LONGEST_PART] or "line"


def _heading(parted: Parted, stopped: bool) -> Iterator[str]:
    yield f"{counted(len(parted.meters), 'meter')}, as `x96 scan` found them."
    if stopped:
        yield "The search was stopped before its end: there may be others."
    for each, why in parted.left:
        yield printable(f"Left out: {each.target}: {why}.")
    yield "What they are to have stands in [settings] for all, or in `settings` of a meter."


def _line(name: str, place: Place, parameters: LineParameters) -> Iterator[str]:
    yield f"[line.{name}]"
    yield _place(place)
    if place.kind is Kind.RTU:
        yield from _speed(parameters)


def _meter(found: Found, name: str, line: str | None, usual: LineParameters | None,
           alone: bool) -> Iterator[str]:  # fmt: skip
    """The table of a meter; its speed where that is not the one of its line."""
    target = found.target
    yield f"[[{METERS}]]"
    yield f"# {printable(_told(found))}"
    yield f"name = {_text(name)}"
    yield _place(target.place) if line is None else f"line = {_text(line)}"
    yield f"unit = {target.unit}"
    if target.place.kind is Kind.RTU and target.parameters != usual:
        yield from _speed(target.parameters)
    if number := found.nameplate.serial_number:
        stated = f"serial_number = {number}"
        yield stated if alone else f"# {stated}: another meter here has it as well"


def _told(found: Found) -> str:
    """What it is, as far as it tells."""
    facts = found.facts
    said = [found.member]
    if facts.get("wiring"):
        said.append(str(facts["wiring"]))
    if facts.get("ct_primary"):
        secondary = f"/{facts['ct_secondary']}" if facts.get("ct_secondary") else ""
        said.append(f"CT {facts['ct_primary']:g}{secondary} A")
    return ", ".join(said)


def _place(place: Place) -> str:
    return f"{_KEYS[place.kind]} = {_text(str(place))}"


def _speed(parameters: LineParameters) -> Iterator[str]:
    yield f"baud = {parameters.baud_rate}"
    yield f'parity = "{parameters.parity}{parameters.stop_bits}"'


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
