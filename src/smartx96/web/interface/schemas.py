"""Schemas of the documents that are asked for, from the same tables as what is in them."""

from __future__ import annotations

from collections.abc import Iterable

from smartx96.meter.profile import RowFlag
from smartx96.metrology.windows import Flag
from smartx96.modbus.registers import Format, Space
from smartx96.models import MODELS, WIRINGS
from smartx96.panel.keys import Key
from smartx96.quantities import BY_ID, HARMONIC_ORDERS, HARMONICS, INSTANTANEOUS
from smartx96.samples.given.message import KEYS
from smartx96.web.contents import DEMANDS, ENERGIES, THD
from smartx96.web.interface.operation import Schema

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
ANYTHING: Schema = {"type": "object"}


def maybe(schema: Schema) -> Schema:
    """It, or null for what is not available."""
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    """A list of it."""
    return {"type": "array", "items": schema}


def one_of(words: Iterable[str]) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(words)}


def record(**members: Schema) -> Schema:
    """An object that has all of some members; later versions may add others."""
    return {"type": "object", "properties": members, "required": list(members)}


def values(ids: Iterable[str]) -> Schema:
    """Values of quantities, each with its text and unit."""
    return record(**{id: _value(id) for id in ids})


def _value(id: str) -> Schema:
    quantity = BY_ID[id]
    unit = f" [{quantity.unit}]" if quantity.unit else ""
    return {"type": ["number", "null"], "description": f"{quantity.text}{unit}"}


def _of_meter(**members: Schema) -> Schema:
    """A document that a meter is asked for."""
    return record(meter=TEXT, version=TEXT, **members)


_ENTRY: dict[str, Schema] = {
    "id": TEXT,
    "model": one_of(MODELS),
    "wiring": one_of(str(wiring) for wiring in WIRINGS.values()),
    "serial_number": WHOLE,
    "powered": TRUTH,
}
_PHASORS = {**many(maybe(record(rms=NUMBER, angle=NUMBER))), "minItems": 3, "maxItems": 3}
_ORDERS = {**many(maybe(NUMBER)), "minItems": HARMONIC_ORDERS, "maxItems": HARMONIC_ORDERS}
_TITLED = record(name=TEXT, title=TEXT)
_PROFILE_FLAGS = [str(flag.name).lower() for flag in RowFlag]
_PULSE = record(number=WHOLE, time=MOMENT, width=NUMBER)

SCHEMAS: dict[str, Schema] = {
    "Error": record(error=TEXT),
    "Health": record(
        status=one_of(["ok", "hanging"]), meters=WHOLE, measuring=WHOLE, version=TEXT
    ),
    "Meters": record(meters=many(record(**_ENTRY)), token=TRUTH, version=TEXT),
    "Meter": record(
        **_ENTRY,
        version=TEXT,
        topics=many(TEXT),
        quantities={"type": "object", "additionalProperties": record(text=TEXT, unit=TEXT)},
        pages=many(_TITLED),
        screens=many(record(name=TEXT, title=TEXT, chapter=TEXT)),
        face=record(segments=WHOLE),
    ),
    "Condition": _of_meter(
        **{key: schema for key, schema in _ENTRY.items() if key != "serial_number"},
        clock=MOMENT,
        local=maybe(MOMENT),
        time_zone=TEXT,
        status=many(TEXT),
        flags=many(one_of(str(flag.name).lower() for flag in Flag)),
        tariff=WHOLE,
        input=maybe(record(
            dry=TRUTH, outages=WHOLE, gaps=WHOLE, lost_samples=WHOLE, dropped_blocks=WHOLE,
            age=maybe(WHOLE),
            messages=maybe(record(taken=WHOLE, refused=WHOLE, left_out=WHOLE, last_refusal=TEXT)),
        )),
        late=WHOLE,
    ),
    "Readings": _of_meter(time=NUMBER, clock=MOMENT, values=values(INSTANTANEOUS)),
    "Phasors": _of_meter(voltage=_PHASORS, current=_PHASORS, sequence=maybe(NUMBER)),
    "Spectrum": _of_meter(
        harmonics=record(**{q.id: maybe(_ORDERS) for q in HARMONICS}), thd=values(THD)
    ),
    "Waveforms": _of_meter(
        cycle=maybe(NUMBER),
        synthesised=TRUTH,
        channels={
            "type": "object",
            "additionalProperties": record(unit=TEXT, step=NUMBER, points=many(WHOLE)),
        },
    ),
    "Energies": _of_meter(values=values(ENERGIES), tariff=WHOLE),
    "Demand": _of_meter(
        period=NUMBER,
        elapsed=NUMBER,
        whole=TRUTH,
        values=values(DEMANDS),
        maxima={"type": "object", "additionalProperties": MOMENT},
    ),
    "Pulses": _of_meter(
        outputs=many(record(output=WHOLE, count=WHOLE, pending=WHOLE, last=many(_PULSE)))
    ),
    "Wiring": _of_meter(
        suspect=TRUTH,
        checked=TRUTH,
        lacks=maybe(one_of(["power", "samples", "voltages", "currents"])),
        findings=many(record(kind=TEXT, phases=many(TEXT), text=TEXT, suspect=TRUTH)),
    ),
    "Traffic": _of_meter(
        since=TEXT,
        ports=many(record(name=TEXT, spoken=TEXT)),
        clients=many(ANYTHING),
        requests=many(ANYTHING),
        last=many(record(time=MOMENT, client=TEXT, unit=WHOLE, asked=TEXT, outcome=TEXT)),
    ),
    "Registers": _of_meter(
        registers=many(record(
            space=one_of(Space), address=WHOLE, id=TEXT, text=TEXT, unit=TEXT,
            format=one_of(Format), words=many(WHOLE),
            value={"type": ["number", "string", "array", "null"], "items": WHOLE},
        ))
    ),
    "Trend": _of_meter(
        interval=NUMBER,
        columns=many(TEXT),
        times=many(MOMENT),
        rows=many(many(maybe(NUMBER))),
    ),
    "Profile": _of_meter(
        period=NUMBER,
        columns=many(TEXT),
        times=many(MOMENT),
        flags=many(many(one_of(_PROFILE_FLAGS))),
        rows=many(many(maybe(NUMBER))),
    ),
    "Log": _of_meter(
        count=WHOLE,
        events=many(record(number=WHOLE, time=MOMENT, kind=TEXT, text=TEXT, details=ANYTHING)),
        before=maybe(WHOLE),
    ),
    "Screen": record(
        on=TEXT, flashing=TEXT, backlight=TRUTH, powered=TRUTH, title=TEXT, spoken=many(TEXT)
    ),
    "Values": {
        "type": "object",
        "description": "values of an operating point, by the names of the quantities, of all "
        f"phases or of one: {', '.join(key for key in KEYS if not key.endswith(('1', '2', '3')))}",
        "examples": [{"voltage": 230.5, "active_power_l1": 1200}],
    },
    "Taken": record(taken=TRUTH, note=TEXT),
    "Nothing": {"type": "object", "examples": [{}]},
    "Panel": record(panel=TEXT, keys=many(one_of(Key))),
    "KeyAction": {
        **record(key=one_of(Key), action=one_of(["press", "release", "tap", "hold"])),
        "examples": [{"key": "E", "action": "tap"}],
    },
}  # fmt: skip
"""Every document by name."""
