"""Stills: all that `panel.md` names can be pictured, and is what a panel with keys shows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from smartx96.errors import OptionError
from smartx96.panel import pages
from smartx96.panel.keys import Key
from smartx96.panel.menu import ENTRIES
from smartx96.panel.screen import OFF, Symbol
from smartx96.panel.stills import Chapter, still, stills
from smartx96.settings import MENU
from support.front import Front, view_of
from support.shared import SHARED
from support.specimens import feeder, flat, generator

SPECIFICATION = SHARED / "spec/panel.md"

WORDS = {
    "V L-N": ["voltage-ln"],
    "V L-L": ["voltage-ll"],
    "A and neutral A": ["current"],
    "sequence": ["sequence"],
    "THD V": ["thd-voltage"],
    "THD I": ["thd-current"],
    "harmonics V and I": ["harmonics-voltage", "harmonics-current"],
    "phase summary L1, L2, L3, total": ["summary-l1", "summary-l2", "summary-l3", "summary"],
    "Hz and total PF": ["frequency"],
    "PF per phase": ["power-factor"],
    "displacement PF": ["displacement-power-factor"],
    "max demand A": ["demand-current"],
    "demand and max demand W, VA, var": ["demand-active", "demand-apparent", "demand-reactive"],
    "W per phase": ["active-power"],
    "var per phase": ["reactive-power"],
    "VA per phase": ["apparent-power"],
    "totals W, var, VA": ["totals"],
    "kWh by measurement mode": ["energy"],
    "import": ["energy-import"],
    "export": ["energy-export"],
    "net": ["energy-net"],
    "kvarh total, import, export": ["reactive-energy", "reactive-energy-import",
                                    "reactive-energy-export"],
    "kVAh": ["apparent-energy"],
    "Ah": ["charge"],
    "tariffs T1-T4": [f"tariff-{n}-total" for n in range(1, 5)],
    "date and time": ["clock"],
    "tariff now": ["tariff"],
}  # fmt: skip
"""Pages by the words of the specification."""

ENTERED = {
    "address": ["unit_address"], "baud": ["baud_rate"], "parity and stop": ["parity_stop"],
    "CT secondary": ["ct_secondary"], "CT primary": ["ct_primary"],
    "VT": ["vt_secondary", "vt_ratio"], "wiring": ["system_type"],
    "current direction per phase": [f"current_direction_l{n}" for n in (1, 2, 3)],
    "measurement mode": ["measurement_mode"],
    "pulse 1 energy": ["pulse1_energy"], "rate": ["pulse1_rate"], "width": ["pulse1_width"],
    "demand period": ["demand_period"], "slide": ["demand_slide"],
    "netting over the phases": ["energy_balance"], "tariff control": ["tariff_control"],
    "date": ["DATE"], "time": ["TIME"], "time zone": ["TIMEZONE"],
    "backlight": ["backlight_time"], "scroll": ["scroll_time"],
    "clear (maxima, resettable energy)": ["CLEAR"], "password": ["password"],
    "information (serial number, versions, check sum of the program, event counter)":
        ["SERIAL", "VERSION", "CHECKSUM", "EVENTS"],
}  # fmt: skip
"""Entries of the menu by the words of the specification: settings, or names on the glass."""


def specification() -> str:
    if not SPECIFICATION.is_file():
        pytest.skip("the specification is not beside the project")
    return SPECIFICATION.read_text("utf-8")


def stepped() -> dict[str, list[str]]:
    """What each key steps through, in the words of the specification's table."""
    rows = re.findall(r"^\| (U/I|M|P|E) \| ([^|]*) \|", specification(), re.M)
    return {key: re.sub(r" \(there[^)]*\)", "", words).split("; ") for key, words in rows}


def test_every_page_of_the_specification_is_there() -> None:
    wanted = stepped()
    assert list(wanted) == list(Key)
    for key, words in wanted.items():
        names = [name for word in words for name in WORDS[word]]
        shown = [page.name for page in pages.of_key(Key(key), feeder().configuration)]
        assert shown == names, key


def test_every_entry_of_the_specification_is_there() -> None:
    found = re.search(r"then: (.*?)\. A value flashes", specification(), re.S)
    words = re.split(r", (?![^(]*\))", found[1])
    names = [name for word in words for name in ENTERED[word]]
    ids = {setting.menu: setting.id for setting in MENU}
    here = [entry.name if entry.name in names else ids[entry.number] for entry in ENTRIES]
    assert here == names


@pytest.mark.parametrize("make", [feeder, generator, flat])
def test_names_are_unique_and_lead_to_what_they_name(make) -> None:
    configuration = make().configuration
    known = stills(configuration)
    assert len({each.name for each in known}) == len(known)
    assert {each.chapter for each in known} == set(Chapter)
    for each in known:
        assert still(each.name, configuration).screen(make()) == each.screen(make())


def test_pages_are_those_that_keys_lead_to() -> None:
    front = Front()
    for key in Key:
        for page in pages.of_key(key, front.meter.configuration):
            front.press(key)
            found = still(page.name, front.meter.configuration)
            assert found.screen(front.view(), front.now) == front.screen(), page.name


def test_the_menu_is_that_behind_the_password() -> None:
    front = Front()
    front.enter()
    for each in stills(front.meter.configuration):
        if each.chapter is Chapter.SETUP:
            shown = front.screen()
            assert each.screen(front.view(), front.now) == shown, each.name
            assert Symbol.LOCK not in shown.symbols
            front.press(Key.P)


def test_what_is_edited_is_what_a_key_opens() -> None:
    front = Front()
    front.enter()
    front.entry(5)
    edited = front.press(Key.E)
    assert still("edit-ct-primary", front.meter.configuration).screen(front.view()) == edited


def test_a_picture_unlocks_nothing() -> None:
    front = Front()
    for each in stills(front.meter.configuration):
        each.screen(front.view(), front.now)
    assert front.commands == []
    assert not front.meter.lock.any_unlocked(front.now)


def test_harmonics_have_orders() -> None:
    configuration = feeder().configuration
    fifth = still("harmonics-voltage-5", configuration).screen(feeder())
    assert fifth.rows[0].text == "2.100"
    assert fifth.spoken[0] == "order 5"
    for order in ("1", "64", "05x"):
        with pytest.raises(OptionError, match="orders are 2 to 63"):
            still(f"harmonics-voltage-{order}", configuration)


@pytest.mark.parametrize(
    ("name", "message"),
    [("voltag-ll", "no page; did you mean voltage-ll"), ("", "no page"),
     ("voltage-ln", "has no such page"), ("\x1b[2J" * 100, "no page")],
)  # fmt: skip
def test_what_there_is_not_is_said_in_one_line(name: str, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        still(name, generator().configuration)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


def test_without_power_there_is_nothing_to_see() -> None:
    dead = replace(feeder(), snapshot=replace(feeder().snapshot, powered=False))
    for name in ("voltage-ln", "lamp-test", "setup-date", "off"):
        assert still(name, dead.configuration).screen(dead) == OFF
    assert still("off", feeder().configuration).screen(feeder()) == OFF


def test_a_locked_out_panel_says_so_whoever_asks() -> None:
    screen = still("locked-out", view_of().configuration).screen(view_of())
    assert [row.text for row in screen.rows] == ["LOC", "60"]
