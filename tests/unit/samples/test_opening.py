"""Opening recordings by their suffix."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartx96.errors import OptionError, RecordingError, X96Error
from smartx96.samples import READERS, open_recording

from .conftest import everything


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("content", [None, b"", b"\x00", b"\x00" * 5000, b"\xff" * 300, b"a\nb\n"])
def test_damage_is_one_line_that_names_the_file(tmp_path, suffix, content):
    path = tmp_path / f"x{suffix}"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        everything(open_recording(path, rate=1000))
    assert str(path.with_suffix("")) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", READERS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(content=st.binary(min_size=1, max_size=400))
def test_arbitrary_bytes_never_end_in_a_traceback(tmp_path, suffix, content):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    if suffix in (".cfg", ".dat"):
        path.with_suffix(".cfg").write_bytes(content)
        path.with_suffix(".dat").write_bytes(content)
    try:
        everything(open_recording(path, rate=1000))
    except X96Error as error:
        assert "\n" not in str(error)  # noqa: PT017


def test_folder(tmp_path):
    with pytest.raises(RecordingError, match="is a folder"):
        open_recording(tmp_path)


@pytest.mark.parametrize("name", ["x.docx", "x", "x.csv.gz"])
def test_unknown_suffix_lists_the_known(tmp_path, name):
    (tmp_path / name).write_text("1")
    with pytest.raises(
        RecordingError, match=r"end in \.cfg, \.dat, \.cff, \.csv, .*\.npz, .*\.wav"
    ):
        open_recording(tmp_path / name)


@pytest.mark.parametrize("rate", [0.0, -5.0, np.nan, np.inf])
def test_rate_must_be_a_rate(tmp_path, rate):
    with pytest.raises(OptionError, match="--rate"):
        open_recording(tmp_path / "x.csv", rate=rate)


def test_suffix_in_capitals(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((5, 2)))
    (tmp_path / "x.npy").rename(tmp_path / "X.NPY")
    recording = open_recording(tmp_path / "X.NPY", rate=10)
    assert (recording.format, recording.length) == ("npy", 5)


def test_format_modules_are_imported_when_used():
    code = (
        "import sys, smartx96.samples;"
        "print([m for m in sys.modules if 'comtrade' in m or 'numpy_a' in m or 'delimited' in m])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
