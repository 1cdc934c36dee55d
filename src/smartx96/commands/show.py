"""`x96 show`: what a meter is, what it measures, and how it is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.asking import asked
from smartx96.commands.json_document import write_json
from smartx96.commands.meter_options import meter_options

if TYPE_CHECKING:
    from smartx96.configuration.link import Link


@click.command("show")
@click.option("--settings", "settings", is_flag=True, help="All settings, not only those that "
              "are other than the default.")  # fmt: skip
@click.option("--values", "values", is_flag=True, help="All measured values, not only a page of "
              "them.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="Everything that can be read, harmonics "
              "and tariffs too.")  # fmt: skip
@meter_options
def command(settings: bool, values: bool, everything: bool, **options: Any) -> None:
    """Show what a meter is, what it measures, and how it is set.

    Towards a meter that is not this program only what is documented for the family is read;
    --unverified reads the rest as well.

    \b
    x96 show --tcp 192.168.1.20
    x96 show --port /dev/ttyUSB0 --unit 3
    x96 show --port /dev/ttyUSB0 --baud 19200 --parity E1 --settings
    x96 show --tcp gateway:502 --unit 7 --json
    """
    parts = _parts(settings, values, everything)
    document = asked(options, partial(_read, parts=parts))
    if options["as_json"]:
        write_json(document)
    else:
        click.echo("\n".join(_lines(document, parts)))


def _parts(settings: bool, values: bool, everything: bool) -> frozenset[str]:
    """What is shown in full; nothing is a page at a glance."""
    if everything:
        return frozenset(("settings", "values", "others", "harmonics"))
    said = {"settings": settings, "values": values}
    return frozenset(name for name, wanted in said.items() if wanted)


async def _read(link: Link, parts: frozenset[str]) -> dict[str, Any]:
    from smartx96.configuration.overview import BRIEF, overview
    from smartx96.configuration.reading import readable
    from smartx96.quantities import BY_ID as QUANTITIES
    from smartx96.settings import BY_ID as SETTINGS

    ids = list[str]()
    for id in readable(link):
        kind = "settings" if id in SETTINGS else "values" if id in QUANTITIES else "others"
        kind = "harmonics" if "[" in id else kind
        if kind in parts or (kind == "settings" and not parts):
            ids.append(id)
    return await overview(link, [*([] if parts else BRIEF), *ids])


def _lines(document: dict[str, Any], parts: frozenset[str]) -> Iterator[str]:
    yield from _heading(document)
    if not parts:
        yield from _page(document["values"])
        yield from _changed(document["settings"])
    else:
        yield from _values(document["values"])
        yield from _settings(document["settings"])
        yield from _listed("Others", document["others"])


def _heading(document: dict[str, Any]) -> Iterator[str]:
    from smartx96.configuration.overview import meter_line

    meter = document["meter"]
    (primary, secondary), running = meter["ct"], meter.get("running_time")
    said = {
        # Whole, where it says so of itself: the register has room for two of its numbers.
        "software": meter.get("version") or meter.get("software_version"),
        "hardware": meter.get("hardware_version"),
        "under power": None if running is None else f"{running:.1f} h",
        "clock": meter.get("clock"),
    }
    connected = {
        "wiring": meter["wiring"],
        "CT": None if primary is None or secondary is None else f"{primary}/{secondary} A",
        "VT ratio": meter.get("vt_ratio"),
    }
    yield f"{document['target']}: {meter_line(meter)}"
    for line in (said, connected):
        parts = [f"{name} {value}" for name, value in line.items() if value is not None]
        if parts:
            yield f"  {', '.join(parts)}"


def _page(values: dict[str, Any]) -> Iterator[str]:
    """Values at a glance: phases side by side, then one below the other."""
    from smartx96.configuration.overview import LINE, ROWS

    yield ""
    yield f"  {'':<16}{'L1':>10}{'L2':>10}{'L3':>10}{'mean, total':>14}"
    for row in ROWS:
        cells = [values.get(id, {}).get("value") for id in row.ids]
        if any(cell is not None for cell in cells):
            unit = next(values[id]["unit"] for id in row.ids if id in values)
            *phases, whole = (_short(cell) for cell in cells)
            side_by_side = "".join(f" {phase:>9}" for phase in phases)
            yield f"  {row.heading:<16}{side_by_side} {whole:>13} {unit}".rstrip()
    below = {id: values[id] for id in LINE if id in values}
    yield from _table((_LABELS.get(id, one["name"]), _told(id, one)) for id, one in below.items())


_LABELS = {"status": "flags"}
"""Short names of what is called by an explanation."""


def _changed(settings: dict[str, Any]) -> Iterator[str]:
    """Settings that are other than the default."""
    changed = {id: one for id, one in settings.items() if one["value"] != one["default"]}
    yield ""
    rest = len(settings) - len(changed)
    yield f"Settings other than the default ({rest} are as that; --settings shows them)"
    yield from _table((id, _told(id, one), one["name"]) for id, one in changed.items())


def _settings(settings: dict[str, Any]) -> Iterator[str]:
    from smartx96.settings import Group

    for group in Group:
        yield from _listed(group.value, {i: s for i, s in settings.items() if s["group"] == group})


def _values(values: dict[str, Any]) -> Iterator[str]:
    from smartx96.quantities import BY_ID, Kind

    for kind in Kind:
        of_kind = {i: v for i, v in values.items() if BY_ID[i.partition("[")[0]].kind is kind}
        yield from _listed(f"Values: {kind.value}", of_kind)


def _listed(heading: str, found: dict[str, Any]) -> Iterator[str]:
    if found:
        yield ""
        yield heading
        rows = ((id, _told(id, one), _LABELS.get(id, one["name"])) for id, one in found.items())
        yield from _table(rows)


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Rows in columns that are as wide as they have to be."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()


def _told(id: str, found: dict[str, Any]) -> str:
    """Value and unit."""
    from smartx96.status import Status

    value = found["value"]
    if id == "status":
        return ", ".join(flag.text for flag in Status(value)) or "nothing to tell"
    if value is None:
        return "----"
    wrong = " (cannot be)" if found.get("wrong") else ""
    return f"{value} {found['unit']}".rstrip() + wrong


def _short(value: float | None) -> str:
    return "----" if value is None else f"{value:.5g}"
