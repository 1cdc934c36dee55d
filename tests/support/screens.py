"""Screens of a panel, as its pages make them."""

from __future__ import annotations

from smartx96.panel.screen import Label, Line, LineUnit, Prefix, Row, Screen, Symbol, Unit

VOLTAGE = Screen(
    rows=(
        Row("230.1", (Label.L1,), Unit.VOLT),
        Row("229.8", (Label.L2,), Unit.VOLT),
        Row("231.4", (Label.L3,), Unit.VOLT),
    ),
    line=Line("12345.67", LineUnit.WATT_HOUR, Prefix.KILO),
    symbols=frozenset(
        {Symbol.IMPORT, Symbol.SEQUENCE, Symbol.INDUCTIVE, Symbol.TARIFF_1, Symbol.LOCK}
    ),
    bar=0.63,
    title="voltage to neutral",
    spoken=("voltage L1 230.1 V", "voltage L2 229.8 V", "voltage L3 231.4 V"),
)

DEMAND = Screen(
    rows=(
        Row("-1.234", (Label.TOTAL, Label.DEMAND), Unit.WATT, Prefix.KILO),
        Row("4.968", (Label.TOTAL, Label.MAXIMUM, Label.DEMAND), Unit.VAR, Prefix.MEGA),
        Row("400.2", (Label.L12,), Unit.VOLT),
        Row("----", (Label.NEUTRAL,), Unit.AMPERE, flashing=frozenset(range(4))),
    ),
    line=Line("IMPORT"),
    symbols=frozenset({Symbol.EXPORT, Symbol.SEQUENCE_REVERSE, Symbol.PULSE_2, Symbol.WARNING}),
    flashing=frozenset({Symbol.SEQUENCE_REVERSE, Symbol.WARNING}),
    bar=1.1,
    title="demand",
)

EDITING = Screen(
    rows=(Row("5"), Row("0250", unit=Unit.AMPERE, flashing=frozenset({2}))),
    line=Line("CT PRIM"),
    symbols=frozenset({Symbol.SETUP}),
    backlight=False,
    title="set-up: CT primary",
)

LAMP_TEST = Screen(lamp_test=True, title="lamp test")
