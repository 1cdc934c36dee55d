"""How accuracy falls: clean signals, noise, rates, small signals, ramps, interharmonics, losses.

    python benchmarks/accuracy.py            print the tables
    python benchmarks/accuracy.py --write    put them into docs/explanation/accuracy.md

Signals and their truth come from `tests/support/signals.py`, in which the engine takes no part.
Every figure is the worst of all windows and phases.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np

import smartx96
from smartx96.block import Block
from smartx96.installation.speed.machine import machine as this_machine
from smartx96.metrology.engine import Engine
from smartx96.metrology.windows import Windows

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.signals import Wave, balanced, rich  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "accuracy.md"
BEGIN, END = "<!-- begin output -->", "<!-- end output -->"
PHASES = ("l1", "l2", "l3")
FREQUENCIES = (45.0, 49.5, 50.0, 50.37, 53.0, 57.5, 60.1, 65.0)
RATES = (1200, 2000, 3200, 4000, 6400, 8000, 11025, 12800, 25600, 44100, 51200)
CARRIED = 0.45


def per_phase(result, id: str) -> np.ndarray:
    return np.stack([result[id.format(p)] for p in PHASES])


def harmonics(result) -> np.ndarray:
    """Orders 2..63 of v1, v2, v3, i1, i2, i3, shape (6, 62, windows)."""
    rows = [f"{kind}_harmonic_{p}" for kind in ("voltage", "current") for p in PHASES]
    return np.array([[result[f"{row}[{h}]"] for h in range(2, 64)] for row in rows])


def worst(error: np.ndarray) -> float:
    return float(np.nanmax(np.abs(error)))


def errors(result, wave: Wave) -> dict[str, float]:
    """V and I in % of reading; P, Q and S in % of the phase's S; f in mHz; harmonics in % of
    their own value and in points of the fundamental."""
    apparent = wave.rms[:3] * wave.rms[3:]

    def of_apparent(id: str, truth: np.ndarray) -> float:
        return 100 * worst((per_phase(result, id) - truth[:, None]) / apparent[:, None])

    found, truth = harmonics(result), wave.percent[:, 1:, None]
    thd = np.concatenate([per_phase(result, f"{kind}_thd_{{}}") for kind in ("voltage", "current")])
    with np.errstate(invalid="ignore", divide="ignore"):
        thd_error = np.where(wave.thd[:, None] > 0, thd / wave.thd[:, None] - 1, 0)
    factor = (wave.power / apparent)[:, None]
    return {
        "f": 1e3 * worst(result["frequency"] - wave.frequency),
        "V": 100 * worst(per_phase(result, "voltage_{}") / wave.rms[:3, None] - 1),
        "I": 100 * worst(per_phase(result, "current_{}") / wave.rms[3:, None] - 1),
        "P": of_apparent("active_power_{}", wave.power),
        "Q": of_apparent("reactive_power_{}", wave.fundamental_power.imag),
        "S": of_apparent("apparent_power_{}", apparent),
        "PF": worst(per_phase(result, "power_factor_{}") - factor),
        "harmonic": 100 * worst(np.where(truth > 0, found / np.maximum(truth, 1e-9) - 1, 0)),
        "points": worst(found - truth),
        "THD": 100 * worst(thd_error),
    }


def table(title: str, heads: Iterable[str], rows: Iterable[Iterable[object]], text: str) -> str:
    heads = list(heads)
    lines = [f"### {title}", "", text, "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def cell(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)


def noisy(wave: Wave, seconds: float, share: float, seed: int = 5) -> np.ndarray:
    x = wave.samples(seconds)
    peak = np.sqrt(2) * np.abs(wave.phasors[:, :1])
    return x + share * peak * np.random.default_rng(seed).standard_normal(x.shape)


def clean() -> str:
    keys = ("f", "V", "I", "P", "Q", "S", "PF", "harmonic", "THD")
    rows = []
    for n, frequency in enumerate(FREQUENCIES):
        wave = rich(frequency, seed=n, angle=(30.0, 120.0, -150.0, -40.0)[n % 4])
        found = errors(smartx96.measure(wave.samples(4.0), wave.rate), wave)
        rows.append([f"{frequency:g} Hz", *(found[key] for key in keys)])
    heads = ("signal", "f [mHz]", "V [%]", "I [%]", "P [%]", "Q [%]", "S [%]", "PF",
             "harmonic [%]", "THD [%]")  # fmt: skip
    text = (
        "12 800 S/s, unbalanced, orders 2 to 63 of 0.5 to 2 % each with random phase, one of the "
        "four quadrants. P, Q, S in % of the phase's apparent power; harmonics and THD in % of "
        "their own value."
    )
    return table("Clean signals", heads, rows, text)


def noise() -> str:
    wave, rows = balanced(50.02, angle=0.0), []
    for share in (1e-4, 1e-3, 1e-2):
        result = smartx96.measure(noisy(wave, 20.0, share), wave.rate)
        found = errors(result, wave)
        spread = 1e3 * float(np.std(result["frequency"] - 50.02))
        power = float(np.std(result["active_power_l1"] / wave.power[0] - 1))
        thd = float(np.mean(per_phase(result, "voltage_thd_{}")))
        cells = [found["f"], spread, found["P"], 100 * power, found["points"], thd]
        rows.append([f"{100 * share:g} %", *cells])
    heads = ("noise", "f, worst [mHz]", "f, std [mHz]", "P, worst [%]", "P, std [%]",
             "harmonic, worst [points]", "THD shown [%]")  # fmt: skip
    text = (
        "White noise on all six channels, standard deviation in % of the peak; pure sine of "
        "50.02 Hz, unity power factor, 12 800 S/s, 20 s (about 100 windows). Harmonics in "
        "percentage points of the fundamental; their truth is 0."
    )
    return table("Noise", heads, rows, text)


def rates() -> str:
    rows = []
    for rate in RATES:
        reach = min(63, int(CARRIED * rate / 50.02))
        wave = rich(50.02, seed=7, orders=reach, rate=float(rate))
        result = smartx96.measure(wave.samples(4.0), wave.rate)
        found = errors(result, wave)
        half = harmonics(result)[:, : reach // 2] / wave.percent[:, 1 : reach // 2 + 1, None] - 1
        sine = balanced(50.02, rate=float(rate))
        result = smartx96.measure(noisy(sine, 4.0, 1e-4), sine.rate)
        loud = errors(result, sine)
        cells = [found[key] for key in ("f", "V", "P", "Q")]
        x = sine.samples(4.0)
        x += 0.005 * x.max() * np.sin(2 * np.pi * 83 / rate * np.arange(x.shape[1]))
        beat = float(smartx96.measure(x, sine.rate)["voltage_thd_l1"].max())
        cells += [100 * worst(half), found["harmonic"], loud["points"], beat]
        rows.append([f"{rate}", f"{reach}", *cells])
    heads = ("rate [1/s]", "orders", "f [mHz]", "V [%]", "P [%]", "Q [%]",
             "harmonic, lower half [%]", "harmonic, all [%]",
             "with noise: harmonic [points]", "with 83 Hz: THD shown [%]")  # fmt: skip
    text = (
        "50.02 Hz, orders up to 0.45 of the rate at 0.5 to 2 % each. The last two "
        "columns: a pure sine with noise of 0.01 % of the peak, the largest harmonic shown, its "
        "truth being 0; and one with an interharmonic of 0.5 % at 83 Hz, the voltage THD shown, to "
        "which a rectangular window of 10 cycles leaks 0.05 %."
    )
    return table("Sampling rates", heads, rows, text)


def quantised(x: np.ndarray) -> np.ndarray:
    step = np.array([[2 * np.sqrt(2) * 230 / 32768]] * 3 + [[2 * np.sqrt(2) * 5 / 32768]] * 3)
    return np.rint(x / step) * step


def amplitudes() -> str:
    keys, rows = ("f", "V", "I", "P", "Q", "points"), []
    for what in ("currents", "all channels"):
        for size in (1.0, 0.1, 0.01, 0.001):
            wave = rich(50.02, seed=9)
            wave.phasors[3 if what == "currents" else 0 :] *= size
            x = wave.samples(4.0)
            for form, samples in (("float64", x), ("16 bit", quantised(x))):
                found = errors(smartx96.measure(samples, wave.rate), wave)
                rows.append([f"{100 * size:g} %", what, form, *(found[key] for key in keys)])
    heads = ("of nominal", "scaled", "samples", "f [mHz]", "V [%]", "I [%]", "P [%]", "Q [%]",
             "harmonic [points]")  # fmt: skip
    text = (
        "The signal of the first table, at 50.02 Hz, made smaller. 16 bit: full scale at twice the "
        "nominal peak, no dither, so that one count is 20 mV and 0.43 mA."
    )
    return table("Small signals", heads, rows, text)


def ramps() -> str:
    rows = []
    for slope in (0.1, 1.0, 5.0, -5.0):
        begin = 50.0 if slope > 0 else 62.0
        wave = rich(begin, seed=3)
        t = np.arange(round(2.5 * wave.rate)) / wave.rate
        result = smartx96.measure(wave.at_phase(begin * t + slope / 2 * t**2), wave.rate)
        middle = result["time"][1:] - np.diff(result["time"]) / 2
        found = errors(result, wave)
        frequency = 1e3 * worst(result["frequency"][1:] - (begin + slope * middle))
        cells = [found[key] for key in ("V", "I", "P", "Q", "harmonic")]
        rows.append([f"{slope:g} Hz/s from {begin:g} Hz", frequency, *cells])
    heads = ("ramp", "f [mHz]", "V [%]", "I [%]", "P [%]", "Q [%]", "harmonic [%]")
    text = (
        "63 orders, 12 800 S/s, 2.5 s. The frequency is compared with that at the middle of the "
        "window, which in a ramp is the mean over it; the others with their steady values."
    )
    return table("Frequency ramps", heads, rows, text)


def interharmonics() -> str:
    rows = []
    for hertz in (20, 37, 63, 75, 83, 110, 135):
        wave = balanced(50.0)
        x = wave.samples(10.0)
        t = np.arange(x.shape[1]) / wave.rate
        for channel in range(6):
            turn = 2 * np.pi * (hertz * t - channel % 3 / 3)
            x[channel] += 0.05 * np.sqrt(2) * abs(wave.phasors[channel, 0]) * np.sin(turn)
        result = smartx96.measure(x, wave.rate)
        found = errors(result, wave)
        mean = 1e3 * abs(float(result["frequency"].mean()) - 50)
        power = 100 * worst(result["active_power_l1"] / (wave.power[0]) - 1)
        rows.append([f"{hertz} Hz", found["f"], mean, power, found["Q"], found["points"]])
    heads = ("interharmonic", "f, worst [mHz]", "f, mean [mHz]", "P, worst [%]", "Q, worst [%]",
             "harmonic, worst [points]")  # fmt: skip
    text = (
        "One component of 5 % on all six channels, positive sequence, beside a pure sine of 50 Hz, "
        "30 degrees of lag, 10 s. P is compared with the fundamental's; the interharmonic's own "
        "power of 0.25 % and its beat belong to the true reading. False harmonics in points."
    )
    return table("Interharmonics", heads, rows, text)


def losses() -> str:
    rows = []
    for lost, name in enumerate(PHASES):
        wave = balanced(50.02)
        x = wave.samples(4.0)
        x[lost, round(2.013 * wave.rate) :] = 0.0
        result = smartx96.measure(x, wave.rate)
        error = 1e3 * np.abs(result["frequency"] - 50.02)
        held = [n for n in range(3) if n != lost]
        others = 100 * worst(per_phase(result, "voltage_{}")[held] / 230.0 - 1)
        rows.append([f"v{name[1]}", float(error.max()), float(error[-3:].max()), others])
    heads = ("lost at 2.013 s", "f, worst [mHz]", "f, after the loss [mHz]", "V of the others [%]")
    text = "50.02 Hz; the voltage of one phase goes to 0 between two samples."
    return table("Loss of a phase", heads, rows, text)


def holes() -> str:
    rows = []
    for milliseconds in (0.1, 2.0, 10.0, 40.0, 150.0, 300.0, 1000.0):
        cells: list[object] = []
        for rate in (1200.0, 6400.0, 12_800.0):
            wave = rich(50.02, seed=1, rate=rate, orders=min(50, int(CARRIED * rate / 50.02)))
            x = wave.samples(4.0)
            begin = round(1.25 * rate)
            x[:, begin : begin + max(1, round(milliseconds * rate / 1000))] = np.nan
            result = smartx96.measure(x, rate)
            cells.append(1e3 * worst(result["frequency"] - 50.02))
            touched = np.count_nonzero(result["flags"].astype(int) & 1)
            cells.append(str(touched))
        rows.append([f"{milliseconds:g} ms", *cells])
    heads = ("missing", "1200 S/s: f [mHz]", "windows flagged", "6400 S/s: f [mHz]",
             "windows flagged", "12 800 S/s: f [mHz]", "windows flagged")  # fmt: skip
    text = (
        "50.02 Hz, steady; a hole in all channels. Windows that are not flagged are as before it."
    )
    return table("Missing samples", heads, rows, text)


def floor() -> str:
    rows = []
    for frequency in FREQUENCIES:
        result = smartx96.measure(balanced(frequency).samples(4.0), 12_800.0)
        shown = [
            float(per_phase(result, f"{kind}_thd_{{}}").max()) for kind in ("voltage", "current")
        ]
        rows.append([f"{frequency:g} Hz", *shown])
    heads = ("pure sine", "voltage THD shown [%]", "current THD shown [%]")
    return table("Floor of the THD", heads, rows, "The truth is 0.")


def first_windows() -> str:
    rows = []
    for frequency in (45.0, 50.0, 60.0, 65.0):
        wave = balanced(frequency)
        x, engine = wave.samples(1.0), Engine(wave.rate)
        ends: list[float] = []
        delays: list[float] = []
        for start in range(0, x.shape[1], 64):
            for piece in engine.push(Block(x[:, start : start + 64], wave.rate, start)):
                if isinstance(piece, Windows):
                    ends += piece.time.tolist()
                    delays += ((start + 64) / wave.rate - piece.time).tolist()
        first = ends[0] - 1 / (frequency / (10 if frequency < 55 else 12))
        rows.append([f"{frequency:g} Hz", *(f"{s:.3f}" for s in (first, ends[0], max(delays)))])
    heads = ("signal", "first window begins [s]", "it ends [s]", "reading after its end [s]")
    text = "Blocks of 64 samples at 12 800 S/s; the last column is the longest of 1 s."
    return table("First window and delay", heads, rows, text)


def three_wire(frequency: float, seed: int) -> Wave:
    wave = rich(frequency, seed, angle=35.0)
    wave.phasors[3:] -= wave.phasors[3:].mean(axis=0)
    return wave


def of_wiring(channels: dict[str, np.ndarray], roles: str, wave: Wave) -> list[float]:
    """Frequency [mHz]; then U, I, P, Q and S of the totals, harmonics, in %."""
    given = roles.split()
    result = smartx96.measure({role: channels[role] for role in given}, wave.rate)
    lines = wave.phasors[:3] - wave.phasors[[1, 2, 0]]
    if roles == "v1 i1":
        voltage, shown, count = "voltage_l1", wave.phasors[:1], 1
        power, fundamental = wave.power[0], wave.fundamental_power[0]
        apparent = wave.rms[0] * wave.rms[3]
    else:
        voltage, shown, count = "voltage_l1_l2", lines, 3
        u12, u32 = lines[0], -lines[1]
        i1, i3 = wave.phasors[3], wave.phasors[5]
        power = float((u12 * i1.conj() + u32 * i3.conj()).real.sum())
        fundamental = complex(u12[0] * i1[0].conj() + u32[0] * i3[0].conj())
        apparent = float(np.sqrt((wave.line_rms**2).sum() * (wave.rms[3:] ** 2).sum() / 3))
    percent = 100 * np.abs(shown[:, 1:]) / np.abs(shown[:, :1])
    found = [
        [result[f"voltage_harmonic_l{n + 1}[{h}]"] for h in range(2, 64)] for n in range(count)
    ]
    rms = np.sqrt((np.abs(shown[0]) ** 2).sum())
    return [
        1e3 * worst(result["frequency"] - wave.frequency),
        100 * worst(result[voltage] / rms - 1),
        100 * worst(result["current_l1"] / wave.rms[3] - 1),
        100 * worst((result["active_power"] - power) / apparent),
        100 * worst((result["reactive_power"] - fundamental.imag) / apparent),
        100 * worst(result["apparent_power"] / apparent - 1),
        100 * worst(np.array(found) / percent[:, :, None] - 1),
    ]


def wirings() -> str:
    forms = ("v12 v23 i1 i3", "v23 v31 i1 i2", "v12 v31 i2 i3", "v12 v23 v31 i1 i2 i3", "v1 i1")
    rows = []
    for form in forms:
        cells = np.zeros(7)
        for n, frequency in enumerate((45.0, 50.37, 57.5, 65.0)):
            wave = three_wire(frequency, 20 + n)
            x = dict(zip(("v1", "v2", "v3", "i1", "i2", "i3"), wave.samples(2.0), strict=True))
            star = [x["v1"], x["v2"], x["v3"]]
            x |= {"v12": star[0] - star[1], "v23": star[1] - star[2], "v31": star[2] - star[0]}
            cells = np.maximum(cells, of_wiring(x, form, wave))
        rows.append([f"`{form}`", *map(float, cells)])
    heads = ("channels", "f [mHz]", "U [%]", "I [%]", "P [%]", "Q [%]", "S [%]", "harmonic [%]")
    text = (
        "3P3W with two or three line voltages and two or three currents, 1P2W; 45, 50.37, 57.5 and "
        "65 Hz, orders 2 to 63, unbalanced. The truth of P and Q is that of two wattmeters. P and "
        "Q in % of S."
    )
    return table("Wirings", heads, rows, text)


def aliasing() -> str:
    rows, frequency = [], 50.37
    for rate in (3200.0, 6400.0, 8000.0, 11025.0, 12_800.0, 25_600.0, 51_200.0):
        wave = balanced(frequency, rate=rate)
        clean_harmonics = harmonics(smartx96.measure(wave.samples(1.0), rate))
        carried = CARRIED * rate / frequency
        found = 0.0
        for order in np.round(np.linspace(min(carried, 64.1), 0.4995 * rate / frequency, 9), 1):
            turns = np.mod(order * frequency * np.arange(round(rate)) / rate, 1)
            x = wave.samples(1.0)
            x += 0.1 * np.sqrt(2) * np.abs(wave.phasors[:, :1]) * np.sin(2 * np.pi * turns)
            found = max(found, worst(harmonics(smartx96.measure(x, rate)) - clean_harmonics))
        rows.append([f"{rate:g}", f"{min(63, int(carried))}", found])
    heads = ("rate [1/s]", "orders", "harmonic moved, worst [points]")
    text = (
        "A tone of 10 % of the fundamental anywhere between the highest order and half the rate, "
        "on lines of the window between the orders."
    )
    return table("A tone above the orders", heads, rows, text)


def short_recordings() -> str:
    rows = []
    for frequency, rate, cycles in (
        (50.0, 12_800.0, 8.0), (50.37, 12_800.0, 8.3), (49.2, 12_800.0, 2.0),
        (60.0, 15_360.0, 11.9), (45.0, 8_000.0, 3.7), (61.7, 51_200.0, 5.5),
    ):  # fmt: skip
        reach = min(63, int(CARRIED * rate / frequency))
        wave = rich(frequency, seed=12, rate=rate, orders=reach)
        seconds = np.ceil(cycles / frequency * rate) / rate
        found = errors(smartx96.measure(wave.samples(seconds), rate), wave)
        loud = noisy(wave, seconds, 1e-3)
        shaken = smartx96.measure(loud, rate)["frequency"][0] - frequency
        cells = [found[key] for key in ("f", "V", "P", "Q", "harmonic")]
        rows.append([f"{cycles:g} at {frequency:g} Hz, {rate:g} S/s", *cells, 1e3 * abs(shaken)])
    heads = ("cycles", "f [mHz]", "V [%]", "P [%]", "Q [%]", "harmonic [%]",
             "f under 0.1 % noise [mHz]")  # fmt: skip
    text = "One reading over the most whole cycles; orders 2 to 63 as in the first table."
    return table("Short recordings", heads, rows, text)


def subgroups() -> str:
    rows = []
    for frequency, cycles in ((50.0, 10), (50.2, 10), (59.7, 12)):
        wave = rich(frequency, seed=4)
        x = wave.samples(2.0)
        turns = frequency * np.arange(x.shape[1]) / wave.rate
        base = np.abs(wave.phasors[:, :1])
        error = 0.0
        sides = {(5, 1): 0.03, (7, -1): 0.02, (63, -1): 0.01, (20, 1): 0.015}
        for (order, side), size in sides.items():
            turn = 2 * np.pi * (order + side / cycles) * turns
            x += np.sqrt(2) * size * base * np.sin(turn + order)
        result = smartx96.measure(x, wave.rate, subgroups=True)
        for (order, _), size in sides.items():
            truth = np.hypot(wave.percent[0, order - 1], 100 * size)
            error = max(error, worst(result[f"voltage_harmonic_l1[{order}]"] / truth - 1))
        rows.append([f"{frequency:g} Hz", 100 * error])
    heads = ("signal", "subgroup, worst [% of value]")
    text = "Orders 2 to 63, and components of 1 to 3 % one line beside orders 5, 7, 20 and 63."
    return table("Subgroups", heads, rows, text)


TABLES = (
    clean, wirings, noise, rates, aliasing, short_recordings, subgroups, amplitudes, ramps,
    interharmonics, losses, holes, floor, first_windows,
)  # fmt: skip


def machine() -> str:
    own = this_machine()
    return (
        f"{datetime.date.today().isoformat()}, {own['processor']}, Python {own['python']}, "
        f"NumPy {own['numpy']}, smartx96 on {own['system']}."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Accuracy of the engine as Markdown tables.")
    parser.add_argument("--write", action="store_true", help=f"put them into {PAGE.name}")
    write = parser.parse_args().write
    output = "\n".join([f"Run of {machine()}\n", *(make() for make in TABLES)])
    if not write:
        print(output)
        return
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{output}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
