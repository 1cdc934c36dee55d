"""A meter that is asked: who it is, what is hidden, what it turns out not to have."""

from __future__ import annotations

import pytest

from smartx96.configuration.family import member_named
from smartx96.errors import OptionError
from smartx96.modbus.client.errors import ExceptionAnswerError, NoAnswerError
from smartx96.modbus.client.nameplate import Identification
from smartx96.modbus.exceptions import IllegalAddressError
from smartx96.modbus.functions.identity import Identity
from smartx96.modbus.registers import BY_ID, HOLDING, Origin
from smartx96.settings import KEPT
from support.line_of_meters import IDENTIFICATION, Fault, LineOfMeters, Unit


class SiblingIdentity(Identity):
    @property
    def objects(self):
        return {0: "Somebody", 1: "SDM630", 2: "1.0"}


class Sibling(Unit):
    """A meter of others: what is documented of it, and nothing else of the map."""

    def __init__(self, lacks: tuple[str, ...] = (), **settings) -> None:
        super().__init__(says=SiblingIdentity(), **settings)
        self.lacks = lacks
        self.read_at = set[int]()

    def read(self, space, address, count, session=None):
        self.read_at |= set(range(address, address + count))
        if any(a in range(BY_ID[id].address, BY_ID[id].end) for id in self.lacks
               for a in range(address, address + count)):  # fmt: skip
            raise IllegalAddressError("not here")
        return super().read(space, address, count, session)


def asked(unit: Unit, dialogue, **options):
    return LineOfMeters(unit).ask(dialogue, **options)


def test_a_meter_of_ours_has_all_settings():
    async def dialogue(link):
        assert link.ours
        assert str(link.member) == "X96-5A"
        assert link.settings == KEPT
        settings, wrong = link.settings_of(await link.read_settings())
        return settings, wrong

    unit = Unit(ct_primary=200, time_zone="Europe/Berlin", word_order=1)
    settings, wrong = asked(unit, dialogue)
    assert settings == unit.settings
    assert wrong == {}


def test_of_another_meter_the_undocumented_is_hidden_not_read_and_not_written():
    unit = Sibling()

    async def dialogue(link):
        assert not link.ours
        ids = {setting.id for setting in link.settings}
        assert all(BY_ID[id].origin is not Origin.OWN for id in ids)
        assert {"scroll_time", "system_type", "baud_rate"} <= ids
        unit.read_at.clear()
        found = await link.read([*ids, "ct_primary", "calendar_draft_name"])
        assert found.keys() == ids
        with pytest.raises(OptionError, match="--unverified tries"):
            link.check("ct_primary")
        with pytest.raises(OptionError, match="--unverified tries"):
            await link.write({"scroll_time": 3, "ct_primary": 200})

    asked(unit, dialogue)
    assert unit.settings["scroll_time"] == 0
    assert unit.read_at >= {BY_ID["scroll_time"].address, BY_ID["unit_address"].address}
    own = {register.address for register in HOLDING if register.origin is Origin.OWN}
    assert not unit.read_at & own


def test_unverified_shows_it():
    async def dialogue(link):
        return await link.read(["ct_primary"])

    assert asked(Sibling(), dialogue, unverified=True) == {"ct_primary": 5}


def test_a_member_that_is_told_is_believed():
    async def dialogue(link):
        assert not link.has("voltage_thd_l1")
        with pytest.raises(OptionError, match="X96-5E does not have it"):
            link.check("voltage_thd_l1")
        return str(link.member), await link.read(["voltage_thd_l1", "scroll_time"])

    assert asked(Unit(), dialogue, member=member_named("X96-5E")) == (
        "X96-5E", {"scroll_time": 0},
    )  # fmt: skip


@pytest.mark.parametrize("lacks", [
    ("scroll_time",), ("demand_period", "measurement_mode"), ("meter_code", "energy_prefix"),
])  # fmt: skip
def test_what_it_turns_out_not_to_have_is_left_out_and_not_asked_for_again(lacks):
    unit = Sibling(lacks)

    async def dialogue(link):
        wanted = [*(setting.id for setting in link.settings), "meter_code"]
        found = await link.read(wanted)
        unit.read_at.clear()
        assert await link.read(wanted) == found
        for id in lacks:
            with pytest.raises(OptionError, match="line 9600 N1 unit 1 does not have it"):
                link.check(id)
        return wanted, found, link.missing

    wanted, found, missing = asked(unit, dialogue)
    assert missing == set(lacks)
    assert list(found) == [id for id in wanted if id not in lacks]
    assert not unit.read_at & {BY_ID[id].address for id in lacks}


def test_what_cannot_be_is_told_and_read_as_the_default():
    async def dialogue(link):
        return link.settings_of({"scroll_time": 61.5, "ct_primary": 200.0})

    settings, wrong = asked(Unit(), dialogue)
    assert wrong == {"scroll_time": "scroll_time: 61.5 s is not allowed; allowed: 0..60 s"}
    assert (settings["scroll_time"], settings["ct_primary"]) == (0, 200)


class Garbled(Unit):
    def read(self, space, address, count, session=None):
        data = super().read(space, address, count, session)
        at = 2 * (BY_ID["time_zone"].address - address)
        return data if not 0 <= at < len(data) else data[:at] + b"\xff\xfe" + data[at + 2 :]


def test_a_register_without_a_value_spoils_no_others():
    async def dialogue(link):
        return await link.read_settings(), link.missing

    found, missing = asked(Garbled(), dialogue)
    assert missing == {"time_zone"}
    assert len(found) == len(KEPT) - 1


@pytest.mark.parametrize(("fault", "error"), [
    (Fault.UNHEARD, NoAnswerError), (Fault.NO_PATH, ExceptionAnswerError),
    (Fault.LOST_BEHIND_A_GATEWAY, ExceptionAnswerError), (Fault.BUSY, ExceptionAnswerError),
])  # fmt: skip
def test_nobody_is_no_meter_without_a_name(fault, error):
    line = LineOfMeters(Unit(), always=fault)
    line.begin()
    with pytest.raises(error):
        line.ask(None)


def test_a_meter_that_is_busy_once_is_still_ours():
    for number in range(4):
        line = LineOfMeters(Unit(), faults={number: Fault.BUSY})
        line.begin()

        async def ours(link):
            return link.ours

        assert line.ask(ours)


def test_silence_is_not_taken_for_the_word_of_another_meter():
    unit = Unit()
    unit.silent_to.add(IDENTIFICATION)

    async def dialogue(link):
        assert link.nameplate.identification is Identification.NO_ANSWER
        assert link.nameplate.serial_number == 96_000_001
        assert not link.ours
        with pytest.raises(OptionError, match=r"ct_primary: it gave no answer .* --unverified"):
            link.check("ct_primary")
        return link.doubt

    assert "until it does" in asked(unit, dialogue)
    assert asked(unit, doubt, unverified=True) == ""


async def doubt(link):
    return link.doubt


def test_a_refusal_is_the_word_of_another_meter():
    # Behind its serial number and its code.
    line = LineOfMeters(Unit(), faults={2: Fault.ILLEGAL_ADDRESS})
    line.begin()

    async def dialogue(link):
        with pytest.raises(OptionError, match="nothing says that this X96-5A has it"):
            link.check("ct_primary")
        return link.nameplate.identification, link.doubt

    assert line.ask(dialogue) == (Identification.REFUSED, "")
    for told in (Unit(), Sibling()):
        assert asked(told, doubt) == ""


def test_a_gateway_that_tells_of_its_silence_is_no_end():
    # Behind its serial number and its code.
    line = LineOfMeters(Unit(), faults={2: Fault.LOST_BEHIND_A_GATEWAY})
    line.begin()
    assert "it gave no answer to who it is" in line.ask(doubt)
    line = LineOfMeters(Unit(), faults={0: Fault.LOST_BEHIND_A_GATEWAY})
    line.begin()
    with pytest.raises(ExceptionAnswerError, match="exception 11"):
        line.ask(doubt)


def test_one_answer_of_three_tells_who_it_is():
    line = LineOfMeters(Unit(), faults={2: Fault.UNANSWERED, 3: Fault.DAMAGED})
    line.begin()
    assert line.ask(doubt) == ""


def test_a_busy_meter_is_not_taken_for_one_with_the_high_word_first():
    line = LineOfMeters(Unit(word_order=1), faults=dict.fromkeys(range(3), Fault.BUSY))

    async def dialogue(link):
        line.begin()
        with pytest.raises(ExceptionAnswerError, match="busy"):
            await link.read(["scroll_time"])
        return await link.read(["demand_period"])

    assert line.ask(dialogue) == {"demand_period": 60}
