"""From a plan to an installation: what is refused leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smartx96.assembly.assembly import assemble
from smartx96.assembly.plan import InstallationPlan, MeterPlan, SourcePlan
from smartx96.errors import OptionError, StoreError, X96Error
from smartx96.store.reading import meter_names
from support.stored import opened

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def plan(*meters: dict[str, Any], **more: Any) -> InstallationPlan:
    found = [MeterPlan(**{"name": f"m{n}", **each}) for n, each in enumerate(meters)]
    return InstallationPlan(meters=tuple(found), **more)


@pytest.mark.parametrize(
    ("wanted", "speed"),
    [
        ({"pulses": ("b.txt",)}, 1.0),
        ({"pulses": ("gpio:/dev/gpiochip0:1,2",)}, 10.0),
        ({"pulses": ("missing/b.csv",)}, 1.0),
        ({"source": SourcePlan("missing.cfg")}, 1.0),
        ({"tariffs": Path("missing.toml")}, 1.0),
        ({"front_end": "missing.toml"}, 1.0),
        ({"front_end": "x97"}, 1.0),
    ],
)
def test_a_refused_start_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any], speed: float
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "deep" / "state"
    with pytest.raises(X96Error) as refusal:
        assemble(plan({}, wanted, speed=speed), folder, NOW, pytest.fail)
    assert "\n" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_start_leaves_a_folder_that_was_there(tmp_path: Path) -> None:
    opened(tmp_path / "state").close()
    before = sorted(path.name for path in (tmp_path / "state").iterdir())
    with pytest.raises(OptionError):
        assemble(plan({"pulses": ("b.txt",)}), tmp_path / "state", NOW, pytest.fail)
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == before


def test_a_folder_of_another_process_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path / "state"):
        before = sorted(path.name for path in (tmp_path / "state").iterdir())
        with pytest.raises(StoreError, match="in use by process"):
            assemble(plan({}), tmp_path / "state", NOW, pytest.fail)
        assert sorted(path.name for path in (tmp_path / "state").iterdir()) == before


@pytest.mark.parametrize("phasors", [False, True])
def test_a_front_end_stands_before_its_meter_alone(tmp_path: Path, phasors: bool) -> None:
    """A ratio error of 10 % in one of two meters."""
    import asyncio

    (tmp_path / "tenth.toml").write_text("[divider]\nratio_error = -10\n")
    scenario = tmp_path / "steady.toml"
    scenario.write_text("duration = 2\n")
    source = SourcePlan(str(scenario))
    two = plan(
        {"source": source, "front_end": str(tmp_path / "tenth.toml")}, {"source": source},
        speed=1e6, once=True,
    )  # fmt: skip
    installation = assemble(two, None, NOW, [].append, phasors=phasors)
    installation.lead()
    installation.begin()
    asyncio.run(installation.run())
    energies = [live.meter.standing().exact["active_energy_import_exact"]
                for live in installation.meters]  # fmt: skip
    assert energies[0] / energies[1] == pytest.approx(0.9, rel=1e-5)


def test_a_start_that_is_not_refused_keeps_its_folder(tmp_path: Path) -> None:
    import asyncio

    two = plan({"pulses": (str(tmp_path / "a.csv"),)}, {}, seconds=0.5)
    said: list[str] = []
    installation = assemble(replace(two, speed=1e6), tmp_path / "state", NOW, said.append)
    installation.lead()
    installation.begin()
    asyncio.run(installation.run())
    assert meter_names(tmp_path / "state") == ["m0", "m1"]
    assert (tmp_path / "a.csv").read_text().splitlines()[0].endswith(",meter")
