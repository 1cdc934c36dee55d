"""Where the page is: what files, options and the environment say of it."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from smartx96.assembly.installation_file import read_installation
from smartx96.assembly.plan import WebPlan, web_name
from smartx96.commands.main import x96
from smartx96.errors import ConfigurationError, OptionError


def planned(tmp_path, text="", *arguments, monkeypatch, environment=None):
    """The plan that `x96 run` makes of a file and options."""
    found = []
    monkeypatch.setattr(
        "smartx96.assembly.assembly.assemble",
        lambda plan, *more, **others: found.append(plan),
    )
    monkeypatch.setattr("asyncio.run", lambda work: work.close())
    config = tmp_path / "building.toml"
    config.write_text(text)
    result = CliRunner().invoke(x96, ["run", str(config), *arguments],
                                env={"X96_WEB": None, **(environment or {})})  # fmt: skip
    assert not result.exception, result.output
    return found[0]


def test_unless_told_it_is_here(tmp_path, monkeypatch):
    plan = planned(tmp_path, monkeypatch=monkeypatch)
    assert plan.web == WebPlan("127.0.0.1", 8096, stated=False)
    assert plan.web_names == ()


def test_a_file_says_where(tmp_path, monkeypatch):
    text = 'web = "[::1]:9000"\nweb_names = ["Meter.example"]\n'
    plan = planned(tmp_path, text, monkeypatch=monkeypatch)
    assert plan.web == WebPlan("::1", 9000, stated=True)
    assert plan.web_names == ("meter.example",)


def test_an_option_rules_over_the_environment_and_that_over_a_file(tmp_path, monkeypatch):
    text = 'web = "10.0.0.1:80"\n'
    environment = {"X96_WEB": "off"}
    plan = planned(tmp_path, text, monkeypatch=monkeypatch, environment=environment)
    assert plan.web is None
    plan = planned(tmp_path, text, "--web", "localhost:81", "--web-name", "b.example",
                   monkeypatch=monkeypatch, environment=environment)  # fmt: skip
    assert plan.web == WebPlan("localhost", 81, stated=True)
    assert plan.web_names == ("b.example",)


@pytest.mark.parametrize(
    "value", ["8096", "localhost", "localhost:x", ":8096", "a:70000", 8096, True]
)
def test_what_is_no_place(value):
    with pytest.raises(OptionError, match="HOST:PORT"):
        WebPlan.parse(value)


def test_off_is_nowhere():
    assert WebPlan.parse("off") is None


@pytest.mark.parametrize(
    "value", ["", "a b", "-a", "a/b", "a:80", "x" * 300, 5, None, "\u00e9.example"]
)
def test_what_is_no_name(value):
    with pytest.raises(OptionError, match="name of a host"):
        web_name(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("web = 8096", "web = 8096: must be HOST:PORT"),
        ('web = "x"', "must be HOST:PORT"),
        ('web_names = ["a b"]', "must be the name of a host"),
        ('web_names = "a"', "must be a list"),
    ],
)
def test_a_file_that_is_wrong_is_told_with_its_line(tmp_path, text, words):
    config = tmp_path / "building.toml"
    config.write_text(text + "\n")
    with pytest.raises(ConfigurationError, match="line 1") as refused:
        read_installation(config)
    assert words in str(refused.value)
