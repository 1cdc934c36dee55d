"""`x96 panel`: pages of a running meter and of a source, as text, JSON and pictures."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import smartx96
from smartx96.commands.generate import command as generate
from smartx96.commands.main import main
from smartx96.commands.panel import command
from smartx96.meter.configuration import Configuration
from smartx96.panel.glass import ALL
from smartx96.panel.picture import write_picture
from smartx96.panel.seen import Seen
from smartx96.panel.stills import still, stills
from smartx96.panel.terminal import terminal
from support.pages import pages
from support.ports import free_port
from support.specimens import feeder

FEEDER = "examples/balanced-feeder.toml"


@pytest.fixture(scope="module")
def served():
    load = {"voltage": 230, "current": 5, "phase_angle": 30}
    with smartx96.simulate(**load, tcp=False) as meter, pages(meter) as found:
        yield found


@pytest.fixture
def ask(served, monkeypatch):
    monkeypatch.delenv("X96_WEB_TOKEN", raising=False)

    def asked(*arguments: str) -> str:
        result = CliRunner().invoke(command, ["--at", f"127.0.0.1:{served.port}", *arguments])
        assert result.exit_code == 0, result.exception
        return result.output

    return asked


def said(capsys, *arguments: str) -> tuple[int, str]:
    """Exit code and error of the program."""
    with pytest.raises(SystemExit) as caught:
        main(["panel", *arguments])
    return caught.value.code, capsys.readouterr().err


def test_a_page_of_a_running_meter_is_text(ask, served) -> None:
    live = served.server._watched[served.name]
    page = still("voltage-ll", live.live.configuration)
    document = json.loads(ask("--page", "voltage-ll", "--json"))
    assert document["spoken"][0] == "L1-L2 voltage 398.4 V"
    shown = Seen.read(document)
    text = ask("--page", "voltage-ll").splitlines()
    assert text == terminal(shown, live.live.configuration.model)
    assert shown.title == page.title
    large = ask("--page", "voltage-ll", "--large").splitlines()
    assert large == terminal(shown, live.live.configuration.model, large=True)


def test_where_there_is_no_terminal_the_front_is_printed_once(ask) -> None:
    assert "SMART X96-5A" in ask()


def test_every_name_that_is_listed_is_a_picture(ask) -> None:
    names = [one["name"] for one in json.loads(ask("--list", "--json"))]
    assert len(names) > 90
    listed = ask("--list")
    assert all(f"  {name} " in listed for name in names)
    for name in names[::7]:
        assert json.loads(ask("--page", name, "--json"))["title"]


def test_an_svg_is_what_the_drawing_makes(tmp_path: Path) -> None:
    path, other = tmp_path / "a.svg", tmp_path / "b.svg"
    arguments = ["--source", FEEDER, "--page", "voltage-ln", "--json", "-o", str(path)]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.exception
    document = json.loads(result.output)
    assert document["spoken"][0].startswith("L1 line-to-neutral voltage 230")
    write_picture(other, Seen.read(document), feeder().configuration.model)
    assert path.read_bytes() == other.read_bytes()
    root = ElementTree.fromstring(path.read_text("utf-8"))
    assert root.get("viewBox") == "0 0 960 960"


def test_the_glass_alone_as_png(ask, tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    path = tmp_path / "glass.png"
    ask("--page", "lamp-test", "--glass", "--size", "410", "-o", str(path))
    assert struct.unpack(">II", path.read_bytes()[16:24]) == (410, 320)


def test_backlight_and_flashing_are_as_one_says(ask, tmp_path: Path) -> None:
    assert json.loads(ask("--page", "lamp-test", "--json"))["on"] == f"{ALL:x}"
    on = json.loads(ask("--page", "energy", "--json", "--backlight", "on"))
    off = json.loads(ask("--page", "energy", "--json", "--backlight", "off"))
    assert (on["backlight"], off["backlight"]) == (True, False)
    lit, unlit = (ask("--page", "edit-ct-primary", "--flashing", how) for how in ("lit", "unlit"))
    assert lit != unlit


def test_pictures_of_a_meter_with_options(tmp_path: Path) -> None:
    arguments = ["--source", FEEDER, "--ct", "200/5", "--model", "X96-5E", "--json"]
    result = CliRunner().invoke(command, [*arguments, "--page", "current"])
    document = json.loads(result.output)
    assert document["model"] == "X96-5E"
    assert document["spoken"][0].startswith("L1 current 160.")


def test_low_voltages_are_told(tmp_path: Path) -> None:
    scenario = tmp_path / "low.toml"
    scenario.write_text("duration = 1\n[voltage]\nrms = 100\n[current]\nrms = 1\n")
    arguments = ["--source", str(scenario), "--page", "energy", "--json"]
    result = CliRunner().invoke(command, arguments)
    assert json.loads(result.stdout)["powered"] is False
    assert "--supply auxiliary keeps it on" in result.stderr
    kept = CliRunner().invoke(command, [*arguments, "--supply", "auxiliary"])
    assert json.loads(kept.stdout)["powered"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--page", "energi", "--source", "mains"], 2, "did you mean energy?"),
        (["--glass"], 2, "--face and --glass: for pictures, give -o"),
        (["--ct", "100/5"], 2, "--ct: belongs to a source"),
        (["--for", "2"], 2, "--for: belongs to a source"),
        (["--source", "mains", "--at", "x"], 2, "leave one of them out"),
        (["-o", "face.gif"], 2, "cannot write .gif; use .svg or .png"),
        (["--at", "ftp://x", "--page", "energy"], 2, "give the page's address"),
        (["--page", "thd-voltage", "--source", "mains", "--model", "X96-5E"], 2, "no such page"),
        (["--source", "nothing.csv"], 1, "nothing.csv"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(capsys, arguments, code: int, message: str) -> None:
    found, line = said(capsys, *arguments)
    assert found == code
    assert message in line
    assert line.count("\n") == 1


def test_nobody_there_is_one_line(capsys) -> None:
    code, line = said(capsys, "--at", f"127.0.0.1:{free_port()}", "--page", "energy")
    assert code == 1
    assert "cannot be reached: connection refused; `x96 run` has the page" in line


def test_without_a_meter_the_pages_of_one_as_delivered_are_listed(capsys, monkeypatch) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    (at,) = (one for one in command.params if one.name == "at")
    monkeypatch.setattr(at, "default", address)
    result = CliRunner().invoke(command, ["--list", "--json"])
    assert result.exit_code == 0, result.exception
    assert [one["name"] for one in json.loads(result.stdout)] == [
        one.name for one in stills(Configuration())
    ]
    assert result.stderr.count("\n") == 1
    assert f"no meter runs at {address}; these are the pages of the X96-5A" in result.stderr
    code, line = said(capsys, "--list", "--at", address)
    assert (code, "cannot be reached: connection refused" in line) == (1, True)


def test_a_picture_that_was_written_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    arguments = ["--source", FEEDER, "--page", "energy", "-o", str(path)]
    assert CliRunner().invoke(command, arguments).stdout == f"written: {path}\n"
    assert path.exists()


@pytest.mark.parametrize("form", ["toml", "npz"])
def test_a_source_that_is_a_file_takes_no_real_time(tmp_path: Path, form: str) -> None:
    source = FEEDER
    if form == "npz":
        source = str(tmp_path / "load.npz")
        made = [FEEDER, "-o", source, "--duration", "1", "--rate", "4000"]
        assert CliRunner().invoke(generate, made).exit_code == 0
    begun = time.monotonic()
    arguments = ["--source", source, "--for", "60", "--page", "energy", "--json"]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.exception
    assert time.monotonic() - begun < 30.0


def test_of_several_meters_one_is_chosen(capsys) -> None:
    with smartx96.simulate(meters=2, tcp=False) as meter, pages(meter) as served:
        at = ("--at", f"127.0.0.1:{served.port}", "--page", "energy")
        code, line = said(capsys, *at)
        assert (code, "--meter ID, of meter1, meter2" in line) == (2, True)
        code, line = said(capsys, *at, "--meter", "kitchen")
        assert (code, "there are meter1, meter2" in line) == (2, True)
        result = CliRunner().invoke(command, [*at, "--meter", "meter2"])
        assert result.exit_code == 0


def test_a_token_comes_from_the_environment(monkeypatch) -> None:
    monkeypatch.setenv("X96_WEB_TOKEN", "a-token-of-my-own")
    with smartx96.simulate(tcp=False) as meter, pages(meter) as served:
        result = CliRunner().invoke(command, ["--at", f"127.0.0.1:{served.port}"])
        assert result.exit_code == 0, result.exception


def test_a_refused_picture_leaves_no_file(tmp_path: Path, capsys) -> None:
    code, _ = said(capsys, "--source", "mains", "--page", "x", "-o", str(tmp_path / "a.svg"))
    assert code == 2
    assert not list(tmp_path.iterdir())
