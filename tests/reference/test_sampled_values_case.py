"""The readings of a real capture of sampled values against the settings of its test set."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smartx96.installation.measurement import measure_source
from smartx96.meter.configuration import Configuration
from smartx96.samples.sources import open_source
from support.shared import DATA, cases, needs_data

IDS = {"V": "voltage", "I": "current", "P": "active_power", "PF": "power_factor"}


def raw(source, index: int) -> float:
    """Current of L1 in counts."""
    values = np.concatenate([b.samples[source.roles.index("i1")] for b in source.blocks()])
    return float(values[index])


def reading(name: str, source, summary) -> float | None:
    if name == "sv_frames":
        return source.length
    if name in ("first_frame_raw", "last_frame_raw"):
        return raw(source, 0 if name.startswith("first") else -1)
    if name in ("f", "IN_computed"):
        return summary["frequency" if name == "f" else "current_n"]
    if name.startswith("THD_"):
        kind = {"V": "voltage", "I": "current"}[name[4]]
        return summary[f"{kind}_thd_l{name[5]}"]
    if name.startswith("H_I"):
        _, channel, order = name.split("_")
        return float(summary.harmonics[f"current_harmonic_l{channel[1]}"][int(order) - 1])
    if name.endswith("_fund"):
        thd = summary[f"current_thd_l{name[1]}"] / 100
        return summary[f"current_l{name[1]}"] / math.hypot(1, thd)
    return summary[f"{IDS[name[:-1]]}_l{name[-1]}"]


@needs_data
def test_epm_sv_shared() -> None:
    (case,) = [case for case in cases("record") if case["id"] == "epm_sv_shared"]
    source = open_source(str(DATA / case["files"][0]["path"]))
    assert source.rate == case["record"]["fs_hz"]
    summary = measure_source(source, Configuration())
    for expected in case["expected"]:
        found = reading(expected["quantity"], source, summary)
        limit = expected.get("tol_abs", 0) + expected.get("tol_rel", 0) * abs(expected["value"])
        assert found == pytest.approx(expected["value"], abs=limit + 1e-12), expected["quantity"]
    assert len(case["expected"]) > 50
