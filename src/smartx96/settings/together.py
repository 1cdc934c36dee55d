"""Settings together: what several of them, or the model, rule out or bring about."""

from __future__ import annotations

from collections.abc import Iterator

from smartx96.errors import OptionError
from smartx96.models import OVERLOAD, PULSE_PAUSE, ROLL_OVER, ROLL_OVER_HOURS, WIRINGS, Model
from smartx96.settings.setting import Value
from smartx96.settings.table import BY_ID, PULSE1_STEPS
from smartx96.settings.values import Settings


def check_together(settings: Settings, model: Model) -> None:
    """Check what no setting can be checked for by itself.

    Raises
    ------
    OptionError
        The model cannot be set so.
    """
    try:
        model.check(WIRINGS[settings.number("system_type")])
    except OptionError as error:
        raise OptionError(f"system_type: {error}") from None


def consequences(settings: Settings, model: Model) -> list[str]:
    """What the settings bring about that their user may not want; one line each, with the numbers.

    Output 2 is not among it: its 3200 pulses for a secondary kWh are 3.7 a second at full load,
    whatever the settings, and it has room for 11.

    Raises
    ------
    OptionError
        The model cannot be set so.
    """
    check_together(settings, model)
    rules = (_transformer, _pulse_overrun, _net_pulses, _net_display, _slide, _roll_over)
    return [line for rule in rules for line in rule(settings)]


def full_load(settings: Settings) -> float:
    """Power at nominal voltage and 1.2 times the nominal current, on the primary side [W]."""
    wiring = WIRINGS[settings.number("system_type")]
    voltage = wiring.nominal_voltage * settings.number("vt_ratio")
    return wiring.balanced_power(voltage, OVERLOAD * settings.number("ct_primary"))


def roll_over_hours(settings: Settings) -> float:
    """Time at full load until the energy registers begin anew [h]."""
    return ROLL_OVER / (full_load(settings) / 1000)


def shows_mega(settings: Settings) -> bool:
    """Whether the display shows MWh, Mvarh, MVAh, for kWh would roll over too soon."""
    return roll_over_hours(settings) < ROLL_OVER_HOURS


def _transformer(settings: Settings) -> Iterator[str]:
    primary, secondary = settings.number("ct_primary"), settings.number("ct_secondary")
    if primary < secondary:
        yield (
            f"ct_primary {primary} A is less than ct_secondary {secondary} A: "
            "is the ratio the wrong way round?"
        )


def _pulse_overrun(settings: Settings) -> Iterator[str]:
    power, code = full_load(settings), settings.number("pulse1_rate")
    width = settings.number("pulse1_width")
    due, most = power / PULSE1_STEPS[code], 1000 / (width + PULSE_PAUSE)
    if due <= most:
        return
    enough = [_shown("pulse1_rate", code) for code, step in PULSE1_STEPS.items()
              if power / step <= most]  # fmt: skip
    advice = f"from {enough[0]} a pulse there is room" if enough else "no rate leaves room for it"
    yield (
        f"pulse1_rate {_shown('pulse1_rate', code)}: full load ({power / 1000:.6g} kW) makes "
        f"{due:.3g} pulses/s, but {width} ms wide output 1 gives at most {most:.3g}: "
        f"the rest waits until it is caught up; {advice}"
    )


def _net_pulses(settings: Settings) -> Iterator[str]:
    shown = str(_shown("pulse1_energy", settings["pulse1_energy"]))
    if shown.startswith("net "):
        yield (
            f"pulse1_energy {shown}: net is export - import, "
            "so that a pure consumer gets no pulse on output 1"
        )


def _net_display(settings: Settings) -> Iterator[str]:
    shown = str(_shown("measurement_mode", settings["measurement_mode"]))
    if shown.startswith("net "):
        yield (
            f"measurement_mode {shown}: the kWh display of a pure consumer falls below zero; "
            "registers and pulses go on as they are set"
        )


def _slide(settings: Settings) -> Iterator[str]:
    period, slide = settings.number("demand_period"), settings.number("demand_slide")
    if period and slide != settings.effective_demand_slide:
        yield (
            f"demand_slide {slide} min does not divide demand_period {period} min: "
            f"it counts as {period} min"
        )


def _roll_over(settings: Settings) -> Iterator[str]:
    if shows_mega(settings):
        primary, ratio = settings.number("ct_primary"), settings.number("vt_ratio")
        yield (
            f"ct_primary {primary} A, vt_ratio {ratio}: the energy registers roll over at "
            f"{ROLL_OVER} kWh, at full load ({full_load(settings) / 1000:.6g} kW) after "
            f"{roll_over_hours(settings):.4g} h, less than {ROLL_OVER_HOURS} h: the display shows "
            "MWh; the exact registers do not roll over"
        )


def _shown(id: str, value: Value) -> Value:
    return BY_ID[id].shown(value)
