"""Files of front ends: what they state, and one line for whatever is wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from smartx96.errors import ConfigurationError, OptionError
from smartx96.frontend.converter import Converter
from smartx96.frontend.current_transformer import InstallationTransformer
from smartx96.frontend.front_end import IDEAL, PRESETS, X96, FrontEnd
from smartx96.frontend.front_end_file import LARGEST, open_front_end, read_front_end


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def given_text(text: str) -> FrontEnd:
        (tmp_path / "FRONT.toml").write_text(text, "utf-8")
        return read_front_end(tmp_path / "FRONT.toml")

    return given_text


def test_presets_by_name() -> None:
    assert open_front_end("x96") is X96
    assert open_front_end("ideal") is IDEAL
    assert not IDEAL.elements
    with pytest.raises(
        OptionError, match=r"front end x97: give ideal or x96, or a file FILE\.toml"
    ):
        open_front_end("x97")
    with pytest.raises(ConfigurationError, match=r"none\.toml: No such file"):
        open_front_end("none.toml")


def test_an_empty_file_is_ideal(read) -> None:  # type: ignore[no-untyped-def]
    assert read("") == IDEAL
    assert read('preset = "x96"') == X96


def test_what_is_stated_is_all_there_is(read) -> None:  # type: ignore[no-untyped-def]
    found = read("temperature = -25\nseed = 7\n[converter]\nbits = 16\n")
    assert found == FrontEnd(
        converter=replace(Converter.neutral(), bits=16), temperature=-25.0, seed=7
    )


def test_what_differs_from_a_preset(read) -> None:  # type: ignore[no-untyped-def]
    found = read("""
        preset = "x96"
        divider = false
        [converter]
        noise = 50
        current_skew = [1, 2, 3]
        [current_transformer]
        accuracy_class = "0.5S"
        share = 1
        [installation_transformer]
        phase_error = [[1, 90], [100, 30.5]]
    """)
    assert found.divider is None
    assert found.converter == replace(X96.converter, noise=50.0, current_skew=(1.0, 2.0, 3.0))
    assert found.current_transformer == replace(
        X96.current_transformer, accuracy_class="0.5S", share=1.0
    )
    assert found.installation_transformer == replace(
        InstallationTransformer.neutral(), phase_error=((1.0, 90.0), (100.0, 30.5))
    )
    assert found.calibration == X96.calibration


def test_calibration(read) -> None:  # type: ignore[no-untyped-def]
    skewed = 'preset = "x96"\n{}\n[converter]\ncurrent_skew = 40\n'
    assert read(skewed.format("")).calibration == X96.calibration
    assert read(skewed.format("calibration = false")).calibration is None
    automatic = read(skewed.format('calibration = "automatic"'))
    bare = read(skewed.format("calibration = false"))
    assert automatic == bare.calibrated() != bare
    stated = read("[calibration]\nphase = 4.5\nvoltage_gain = [0.1, 0, 0]\n").calibration
    assert (stated.phase, stated.voltage_gain) == ((4.5,) * 3, (0.1, 0.0, 0.0))


def test_the_presets_are_what_their_numbers_say(read) -> None:  # type: ignore[no-untyped-def]
    """A preset that is written down number by number reads as itself."""

    def toml(value: object) -> str:
        if isinstance(value, tuple):
            return f"[{', '.join(map(toml, value))}]"
        return str(value).lower() if isinstance(value, bool) else repr(value)

    tables = [
        f"[{name}]\n" + "".join(
            f"{key} = {toml(getattr(element, key))}\n"
            for key in element.parameters()
            if getattr(element, key) != ""
        )
        for name, element in PRESETS["x96"].elements.items()
    ]  # fmt: skip
    assert read("\n".join(tables)) == X96


BAD = {
    "preset = 'x97'": "line 1: preset = 'x97': must be ideal or x96",
    "preset = [1]": "line 1: preset = [1]: must be ideal or x96",
    "filtre = 1": "line 1: filtre: unknown key; did you mean filter?",
    "divider = 3": "line 1: divider = 3: must be a table, or false to leave it out",
    "calibration = 'auto'": 'must be a table, or false to leave it out, or "automatic"',
    "temperature = 300": "line 1: temperature 300 degC: must be -40 to 85 degC",
    "temperature = nan": "line 1: temperature nan degC: must be -40 to 85 degC",
    "temperature = 'warm'": "line 1: temperature = 'warm': must be a number in degC",
    "seed = -1": "line 1: seed = -1: must be a whole number from 0 to 9223372036854775807",
    "seed = 1.5": "line 1: seed = 1.5: must be a whole number",
    "[converter]\nbit = 3": "line 2: converter.bit: unknown key; did you mean bits?",
    "[converter]\nbits = 33": "line 2: converter.bits = 33: must be a whole number from 0 to 32",
    "[converter]\nbits = 3.5": "line 2: converter.bits = 3.5: must be a whole number",
    "[converter]\nbits = [1]": "line 2: converter.bits = [1]: must be a whole number",
    "[converter]\nclipping = 1": "line 2: converter.clipping = 1: must be true or false",
    "[converter]\nnoise = true": "line 2: converter.noise = True: must be a number from 0",
    "[converter]\nnoise = " + "9" * 3000: "line 2: converter.noise = 99999",
    "[[converter]]\nbits = 1": "converter = [{'bits': 1}]: must be a table",
    "[divider]\nratio_error = [1, 2]": "one number, or a list of three for L1, L2, L3",
    "[divider]\nratio_error = inf": "line 2: divider.ratio_error = inf: must be -50 to 50 %",
    "[current_transformer]\nratio_error = [[5, 1], [1, 2]]": "currents ascending",
    "[current_transformer]\nratio_error = []": "line 2: current_transformer.ratio_error = []: must",
    "[current_transformer]\nratio_error = [[5]]": "must be a list of points",
    "[current_transformer]\naccuracy_class = '3'": "must be one of 0.1, 0.2S, 0.5S, 0.5, 1",
    "[current_transformer]\naccuracy_class = '1'\nratio_error = [[5, 1]]": "give it, or the curves",
    "x = ": "not TOML: ",
}


@pytest.mark.parametrize("text", BAD)
def test_one_line_for_whatever_is_wrong(read, tmp_path: Path, text: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError, match=re.escape(BAD[text])) as caught:
        read(text)
    line = str(caught.value)
    assert line.startswith(f"{tmp_path / 'FRONT.toml'}: ")
    assert "\n" not in line
    assert len(line) < len(str(tmp_path)) + 300


def test_a_file_that_is_too_large(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError, match=f"larger than {LARGEST} bytes"):
        read("#" * (LARGEST + 1))
