"""Where a stream is cut into blocks changes no window and no value."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.block import Block, Quality
from smartx96.meter.configuration import Configuration
from smartx96.metrology.derived import quantities
from smartx96.metrology.engine import Engine
from smartx96.metrology.readings import read
from smartx96.metrology.windows import Rest, Windows
from smartx96.models import SYSTEM_TYPES, Wiring
from smartx96.quantities import INSTANTANEOUS
from smartx96.settings import Settings
from support.signals import rich

SECONDS = 1.6
RATES = (1200.0, 6400.0, 12_800.0)


def disturbed(rate: float) -> np.ndarray:
    """A signal with noise, a lost phase, an outage, NaN, and currents alone at the end."""
    wave = rich(50.37, seed=1, rate=rate, orders=9)
    x = wave.samples(SECONDS)
    x += 0.3 * np.random.default_rng(2).standard_normal(x.shape)
    at = (np.array([0.5, 0.7, 0.9, 1.1, 1.3]) * rate).astype(int)
    x[0, at[0] : at[1]] = 0.0
    x[:, at[2] : at[3]] = 0.0
    x[2, at[4]] = np.nan
    # Voltages lost while the currents go on, much smaller than before.
    x[:3, at[4] + 40 :] = 0.0
    x[3:, at[4] + 40 :] *= 0.01
    return x


def measured(
    x: np.ndarray, rate: float, cuts: list[int], wiring: Wiring = Wiring.FOUR_WIRE
) -> dict[str, np.ndarray]:
    """By an engine of four wires, or of three with a residual channel and subgroups."""
    three = wiring is Wiring.THREE_WIRE
    engine = Engine(rate, channels=len(x), subgroups=three, by_lines=three)
    settings = Settings({"system_type": SYSTEM_TYPES[wiring]})
    conditions = Configuration(settings).conditions()
    quality = np.zeros(x.shape[1], np.uint8)
    quality[40:50] = Quality.CLIPPED
    windows, rests = [], []
    for a, b in zip([0, *cuts], [*cuts, x.shape[1]], strict=True):
        for piece in engine.push(Block(x[:, a:b], rate, a, quality=quality[a:b])):
            (windows if isinstance(piece, Windows) else rests).append(piece)
    rests.extend(engine.finish())
    assert all(isinstance(r, Rest) for r in rests)
    read_of = [quantities(read(w, conditions)) for w in windows]
    return {
        **{id: np.concatenate([q[id] for q in read_of]) for id in INSTANTANEOUS},
        "start": np.concatenate([w.start for w in windows]),
        "offset": np.concatenate([w.offset for w in windows]),
        "length": np.concatenate([w.length for w in windows]),
        "measured": np.concatenate([w.measured for w in windows]),
        "flags": np.concatenate([w.flags for w in windows]),
        "sums": np.concatenate([w.sums for w in windows], axis=1),
        "phasors": np.concatenate([w.phasors for w in windows]),
        "rests": np.stack([r.sums for r in rests]),
        "rest times": np.array([r.measured for r in rests]),
    }


WHOLE = {rate: (x := disturbed(rate), measured(x, rate, [])) for rate in RATES}


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_cutting_gives_the_same_windows(data: st.DataObject) -> None:
    """To 1e-12 is asked; the sums run on a fixed grid, so it is to the last bit."""
    rate = data.draw(st.sampled_from(RATES))
    x, whole = WHOLE[rate]
    cuts = data.draw(st.lists(st.integers(1, x.shape[1] - 1), max_size=60, unique=True))
    cut = measured(x, rate, sorted(cuts))
    for name, values in whole.items():
        np.testing.assert_array_equal(cut[name], values, err_msg=f"{name} at {rate} S/s")


THREE_WIRES = np.vstack([x := disturbed(6400.0), x[3:].sum(axis=0)])
THREE_WIRES_WHOLE = measured(THREE_WIRES, 6400.0, [], Wiring.THREE_WIRE)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, THREE_WIRES.shape[1] - 1), max_size=60, unique=True))
def test_any_cutting_of_three_wires_with_subgroups(cuts: list[int]) -> None:
    cut = measured(THREE_WIRES, 6400.0, sorted(cuts), Wiring.THREE_WIRE)
    for name, values in THREE_WIRES_WHOLE.items():
        np.testing.assert_array_equal(cut[name], values, err_msg=name)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, 1999), max_size=30, unique=True))
def test_any_cutting_of_a_short_recording(cuts: list[int]) -> None:
    x, whole = SHORT, SHORT_WHOLE
    for name, values in short(x, sorted(cuts)).items():
        np.testing.assert_array_equal(values, whole[name], err_msg=name)


def short(x: np.ndarray, cuts: list[int]) -> dict[str, np.ndarray]:
    engine = Engine(12_800.0)
    for a, b in zip([0, *cuts], [*cuts, x.shape[1]], strict=True):
        assert not engine.push(Block(x[:, a:b], 12_800.0, a))
    rest, windows = engine.finish()
    assert isinstance(windows, Windows)
    return {"rest": rest.sums, "sums": windows.sums, "phasors": windows.phasors}


SHORT = disturbed(12_800.0)[:, 5_000:7_000]
SHORT_WHOLE = short(SHORT, [])


def test_sample_by_sample() -> None:
    x, whole = WHOLE[1200.0]
    cut = measured(x, 1200.0, list(range(1, x.shape[1])))
    for name, values in whole.items():
        np.testing.assert_array_equal(cut[name], values, err_msg=name)


def test_the_pieces_sum_to_every_sample() -> None:
    """Windows and what lies outside them add up to the plain sum over the samples."""
    for rate, (x, whole) in WHOLE.items():
        total = whole["sums"].sum(axis=1) + whole["rests"].sum(axis=0)
        good = np.where(np.isfinite(x).all(axis=0), x, 0.0)
        plain = np.concatenate([good.sum(1), (good**2).sum(1), (good[:3] * good[3:]).sum(1)])
        scale = np.abs(good).sum()
        assert np.max(np.abs(total[:15] - plain)) < 1e-10 * scale, rate
        time = whole["measured"].sum() + whole["rest times"].sum()
        assert abs(time - (x.shape[1] - 1)) < 1e-6
