"""Scenario files: what they state, the examples, and one line for whatever is wrong."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from smartx96.errors import ScenarioError
from smartx96.samples.scenario import (
    Change,
    Distortion,
    Export,
    FrequencyChange,
    Harmonic,
    Interharmonic,
    Reversal,
    Scale,
    Scenario,
    Shift,
    Wander,
    Wave,
)
from smartx96.samples.scenario_file import LARGEST, load_scenario
from smartx96.samples.scenario_file.document import TABLES

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


@pytest.fixture
def load(tmp_path: Path):  # type: ignore[no-untyped-def]
    def read(text: str) -> Scenario:
        path = tmp_path / "given.toml"
        path.write_text(text, encoding="utf-8")
        return load_scenario(path)

    return read


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_load_and_last_as_long_as_they_say(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.length is not None
    block = scenario.block(0, 12800)
    assert 150 < block.samples[0].std() < 260
    assert np.isfinite(scenario.block(scenario.length - 100, 100).samples).all()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 6


def test_an_empty_file_is_a_plain_supply(load) -> None:  # type: ignore[no-untyped-def]
    assert load("") == Scenario()


def test_everything_at_once(load) -> None:  # type: ignore[no-untyped-def]
    scenario = load("""
        duration = 10
        rate = 10000
        frequency = 50.02
        wander = [[0.02, 60], [0.01, 7, 90]]
        start = 2026-06-21T10:00:00+02:00
        side = "primary"
        seed = 7
        [nominal]
        voltage = 100
        [voltage]
        rms = ["110 %", 99, 98.5]
        angle = [0, 1, -1]
        harmonics = [[5, 3.0, 10], [7, 2]]
        interharmonics = [[2.5, 1.0], ["175 Hz", 0.5, 30]]
        dc = 0.5
        noise = [0.1, 0, 0]
        [current]
        rms = 2
        power_factor = [0.5, "0.5 lead", -0.5]
        harmonics = {l2 = [[3, 20]]}
    """)
    fives = (Harmonic(5, 3, 10), Harmonic(7, 2))
    between = (Interharmonic(1, order=2.5), Interharmonic(0.5, hertz=175, angle=30))
    assert scenario.voltages == (
        Wave(pytest.approx(110), 0, fives, between, 0.5, 0.1),
        Wave(99, 1, fives, between, 0.5, 0),
        Wave(98.5, -1, fives, between, 0.5, 0),
    )
    assert [wave.angle for wave in scenario.currents] == pytest.approx([60, -60, 120])
    assert [wave.harmonics for wave in scenario.currents] == [(), (Harmonic(3, 20),), ()]
    assert scenario.wander == (Wander(0.02, 60), Wander(0.01, 7, 90))
    assert scenario.start == datetime(2026, 6, 21, 8, tzinfo=UTC)
    assert (scenario.rate, scenario.side, scenario.seed) == (10000, "primary", 7)


def test_sequence_components(load) -> None:  # type: ignore[no-untyped-def]
    scenario = load("[voltage]\nnegative_sequence = [2, 40]\nzero_sequence = 1")
    u = scenario.phasors([0.0], 1)[0, :3, 0]
    a = np.exp(2j * np.pi / 3)
    assert abs(u @ [1, a**2, a] / 3) == pytest.approx(4.6)
    assert np.degrees(np.angle(u @ [1, a**2, a])) == pytest.approx(40)
    assert u.mean() == pytest.approx(2.3)


EVENTS = {
    'type = "step"\nat = 1\nend = 3\nvoltage = [1, 2, 3]\nphases = [3, 1]': (
        Change(at=1, duration=2, phases=(1,), quantity="voltage", value=1),
        Change(at=1, duration=2, phases=(3,), quantity="voltage", value=3),
    ),
    'type = "step"\nat = 1\ncurrent = "50 %"\npower_factor = 0.5\nphases = [2]': (
        Change(at=1, phases=(2,), quantity="current", value=2.5),
        Change(at=1, phases=(2,), quantity="angle", value=pytest.approx(60)),
    ),
    'type = "ramp"\nat = 1\nduration = 3\nfrequency = 51': (
        FrequencyChange(at=1, ramp=3, value=51),
    ),
    'type = "dip"\nat = 1\nduration = 3\ndepth = 40\nramp = 0.1': (
        Scale(at=1, duration=3, ramp=0.1, factor=0.6),
    ),
    'type = "swell"\nat = 1\nheight = 25\nof = "current"': (
        Scale(at=1, factor=1.25, of=("current",)),
    ),
    'type = "loss"\nat = 0.1\nend = 0.3\nphases = [2]': (
        Scale(at=0.1, duration=0.2, phases=(2,), factor=0.0, of=("voltage", "current")),
    ),
    'type = "shift"\nat = 1\ndegrees = -30': (Shift(at=1, degrees=-30),),
    'type = "reverse"\nat = 1\nduration = 2': (Reversal(at=1, duration=2),),
    'type = "export"\nat = 1\nramp = 2': (Export(at=1, ramp=2),),
    'type = "harmonics"\nat = 1\nvoltage = [[5, 1]]\ncurrent = []': (
        Distortion(at=1, of="voltage", harmonics=(Harmonic(5, 1),)),
        Distortion(at=1, of="current", harmonics=()),
    ),
}


@pytest.mark.parametrize("text", EVENTS)
def test_events(load, text: str) -> None:  # type: ignore[no-untyped-def]
    assert load(f"[[event]]\n{text}").events == EVENTS[text]


DIP = '[[event]]\ntype = "dip"\n'
WRONG = {
    "typo = 1": "typo: unknown key; allowed are current, duration, event,",
    "duration = -1": "duration = -1: must be greater than 0",
    "duration = nan": "duration = NaN: must be a finite number",
    'rate = "fast"': 'rate = "fast": must be a valid number',
    "rate = true": "rate = true: must be a valid number",
    "seed = 1.5": "seed = 1.5: must be a valid integer",
    "frequency = 5": "frequency = 5: must be greater than or equal to 10",
    'sequence = "left"': "sequence = \"left\": must be 'normal' or 'reverse'",
    "start = 2026-01-01": 'start = "2026-01-01": must be a valid datetime',
    "voltage = 3": "voltage = 3: must be a table",
    "wander = [[1]]": "wander = [[1]]: row 1 must be [hertz, seconds, degrees]",
    "[voltage]\nrsm = 1": "voltage.rsm: unknown key; allowed are angle, dc, harmonics,",
    "[voltage]\nrms = [1, 2]": "voltage.rms = [1, 2]: must be one value or three, for L1, L2, L3",
    '[voltage]\nrms = "big"': 'voltage.rms = "big": must be a number or a percentage of nominal',
    "[voltage]\nrms = -1": "voltage.rms = -1: must be from 0 to 1e+06",
    "[voltage]\nrms = nan": "voltage.rms = NaN: must be from 0 to 1e+06",
    "[voltage]\nharmonics = [[5, 3], [1, 2]]": "row 2, [order, percent, degrees]: order 1 must be",
    "[voltage]\nharmonics = [[2.5, 3]]": "order 2.5 must be a whole number from 2 to 500",
    "[voltage]\nharmonics = {l4 = []}": "must have the keys l1, l2, l3 only",
    "[voltage]\nharmonics = [[200, 3]]": "order 200 at 50 Hz: must be below half the rate of 12800",
    '[voltage]\ninterharmonics = [["7 kHz", 1]]': 'frequency must be a text like "175 Hz"',
    "[current]\nangle = 1\npower_factor = 1": "must have angle or power_factor, not both",
    "[current]\npower_factor = 1.1": "current.power_factor = 1.1: must be from -1 to 1",
    '[current]\npower_factor = "0.9 ind"': 'must be a number or a text like "0.9 lag" or',
    "event = 3": "event = 3: must be a valid list",
    "event = [1]": "event[1] = 1: must be a table",
    "[[event]]\nat = 1": "event[1]: type must be one of 'step', 'ramp', 'dip', 'swell', 'loss',",
    '[[event]]\ntype = "zap"': "event[1]: type must be one of 'step', 'ramp', 'dip', 'swell',",
    f"{DIP}at = 1": "event[1].depth: missing",
    f"{DIP}at = 1\ndepth = 140": "event[1].depth = 140: must be less than or equal to 100",
    f"{DIP}at = 1\ndepth = 1\nfoo = 1": "event[1].foo: unknown key; allowed are at, depth,",
    f"{DIP}at = 1\ndepth = 1\nphases = [4]": "event[1].phases[1] = 4: must be 1, 2 or 3",
    f"{DIP}at = 2\nend = 1\ndepth = 1": "end 1 must be after at 2",
    f"{DIP}at = 2\nend = 3\nduration = 1\ndepth = 1": "must have duration or end, not both",
    f"{DIP}at = 2\nend = 3\nramp = 2\ndepth = 1": "ramp 2 s must not be longer than the event",
    '[[event]]\ntype = "step"\nat = 1': "must have one of voltage, current, angle, power_factor",
    '[[event]]\ntype = "ramp"\nat = 1\nvoltage = 2': "must have duration or end",
    '[[event]]\ntype = "harmonics"\nat = 1': "must have voltage or current",
    '[[event]]\ntype = "loss"\nat = 1\n' * 257: "must have at most 256 items",
    f"[voltage]\nharmonics = {[[2, 1]] * 101}": "must be at most 100 rows",
    "duration =": "not TOML: Invalid value",
    "x = " + "[" * 5000: "not readable TOML: RecursionError",
    "seed = 0x" + "f" * 9000: "seed = a number too long to show: must be less than",
    "rate = " + "9" * 5000: "not readable TOML: ValueError",
    'x = "' + "y" * LARGEST + '"': "larger than 1000000 bytes",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:40].replace("\n", " "))
def test_one_line_for_what_is_wrong(load, tmp_path: Path, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ScenarioError) as caught:
        load(text)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'given.toml'}: ")
    assert WRONG[text] in message
    assert "\n" not in message
    assert len(message) < len(str(tmp_path)) + 250


def test_overlapping_ramps_name_the_file(load) -> None:  # type: ignore[no-untyped-def]
    ramp = '[[event]]\ntype = "ramp"\nat = {}\nduration = 2\nfrequency = 51\n'
    with pytest.raises(ScenarioError, match=r"given\.toml: frequency ramp at 2 s begins before"):
        load(ramp.format(1) + ramp.format(2))


@pytest.mark.parametrize(("name", "content"), [("none.toml", None), ("bytes.toml", b"\xff\xfe")])
def test_files_that_are_none(tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScenarioError, match=r"UTF-8|No such file"):
        load_scenario(path)


def test_lag_text_spells_both_directions(load) -> None:  # type: ignore[no-untyped-def]
    scenario = load('[current]\npower_factor = ["-0.5 lag", "-0.5 lead", "1 lag"]')
    angles = [wave.angle for wave in scenario.currents]
    assert angles == pytest.approx([120, -120, 0])
    assert not math.isnan(sum(angles))


def test_the_reference_page_keeps_its_word(load) -> None:  # type: ignore[no-untyped-def]
    page = (ROOT / "docs" / "reference" / "scenario.md").read_text()
    texts = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert texts
    for text in texts:
        assert load(text).block(0, 256).length == 256
    for table in TABLES.values():
        for key in table.model_fields:
            assert f"`{key}`" in page or f"[[{key}]]" in page or f"[{key}]" in page, key
    for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(code, {})
    angles = load('[current]\npower_factor = [0.9, "0.9 lead", -0.9]').currents
    assert [round(wave.angle, 1) for wave in angles] == [25.8, -25.8, 154.2]
