"""Installation files: plans of one meter and of several, and one line for whatever is wrong."""

from __future__ import annotations

import math
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartx96.assembly.installation_file import LARGEST, read_installation
from smartx96.assembly.plan import (
    InstallationPlan,
    MeterPlan,
    ProfilePlan,
    ServicePlan,
    SourcePlan,
    SupplyKind,
)
from smartx96.commands.options import configuration_options, source_options
from smartx96.errors import ConfigurationError
from smartx96.modbus.place import Kind, Place
from smartx96.modbus.tls import TlsFiles
from smartx96.models import MODELS
from smartx96.settings import KEPT, Settings


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def given_text(text: str | bytes) -> InstallationPlan:
        path = tmp_path / "CONFIG.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_installation(path)

    return given_text


def test_an_empty_file_is_the_meter_of_a_bare_run(read, tmp_path) -> None:  # type: ignore[no-untyped-def]
    plan = read("")
    assert plan == InstallationPlan(
        meters=(MeterPlan(name="meter", place=str(tmp_path / "CONFIG.toml")),),
        state=None,
        service=ServicePlan(),
        speed=1.0,
        seconds=None,
        once=False,
    )
    assert plan.meters[0].source == SourcePlan("mains")
    assert plan.meters[0].settings == Settings()
    assert plan.meters[0].ports == {Kind.TCP: Place(Kind.TCP, "127.0.0.1", 5020)}


def test_one_meter_at_the_top(read, tmp_path) -> None:  # type: ignore[no-untyped-def]
    plan = read("""
        name = "feeder"
        state = "data/state"
        tcp = "[::1]:1502"
        rtu = "pty:line"
        rtu_tcp = "127.0.0.1:1503"
        meter_code = 112
        interval = 1.0
        speed = "max"
        for = 3600
        once = true
        source = "recordings/fault.cfg"
        channels = "v1=VA,i1=IA"
        rate = 6400
        scale = "v=500,i=20"
        side = "primary"
        from = 1
        to = 2.5
        format = "s16le"
        stream = "0x4000"
        sv_dataset = "I3U3"
        keep_skew = true
        model = "X96-5E"
        wiring = "1p2w"
        ct = "200/5"
        vt = 10
        nominal = 50
        apparent = "vector"
        subgroups = true
        supply = "auxiliary"
        pulses = ["out/pulses.csv", "gpio:gpiochip0:17,27"]
        tariffs = "tariffs.toml"
        [profile]
        quantities = ["active_energy_import", "voltage_l1"]
        size = 5000
        [settings]
        unit_address = 7
        pulse1_energy = "export kWh"
        [service]
        max_read = 80
        read_only = true
        connections = 5
        idle = 60
        turnaround = 2.5
        allow = ["10.0.0.0/8", "::1"]
        faults = "late=20,seed=7"
        tls = ["tls/cert.pem", "/etc/key.pem"]
        trace = "trace.csv"
        capture = "capture.pcapng"
    """)
    assert (plan.state, plan.speed) == (tmp_path / "data/state", math.inf)
    assert (plan.seconds, plan.once) == (3600.0, True)
    assert plan.service == ServicePlan(
        max_read=80,
        read_only=True,
        connections=5,
        idle=60.0,
        turnaround=2.5,
        allow=("10.0.0.0/8", "::1"),
        faults="late=20,seed=7",
        tls=TlsFiles(tmp_path / "tls/cert.pem", Path("/etc/key.pem")),
        trace=str(tmp_path / "trace.csv"),
        capture=str(tmp_path / "capture.pcapng"),
    )
    (meter,) = plan.meters
    assert meter.ports == {
        Kind.TCP: Place(Kind.TCP, "::1", 1502),
        Kind.RTU: Place(Kind.RTU, "pty:line"),
        Kind.RTU_TCP: Place(Kind.RTU_TCP, "127.0.0.1", 1503),
    }
    assert (meter.meter_code, meter.interval) == (112, 1.0)
    assert meter.source == SourcePlan(
        str(tmp_path / "recordings/fault.cfg"),
        channels="v1=VA,i1=IA",
        rate=6400.0,
        scale="v=500,i=20",
        side="primary",
        start=1.0,
        stop=2.5,
        format="s16le",
        stream="0x4000",
        dataset="I3U3",
        keep_skew=True,
    )
    assert meter.model is MODELS["X96-5E"]
    assert meter.changes == {
        "system_type": 1,
        "ct_primary": 200,
        "ct_secondary": 5,
        "vt_ratio": 10,
        "nominal_frequency": 50,
        "apparent_power_method": 1,
        "unit_address": 7,
        "pulse1_energy": 4,
    }
    assert meter.settings == Settings(meter.changes)
    assert (meter.name, meter.subgroups, meter.supply) == ("feeder", True, SupplyKind.AUXILIARY)
    assert meter.profile == ProfilePlan(("active_energy_import", "voltage_l1"), 5000)
    assert meter.pulses == (str(tmp_path / "out/pulses.csv"), "gpio:gpiochip0:17,27")
    assert meter.tariffs == tmp_path / "tariffs.toml"


SEVERAL = """
    source = "mains"
    ct = "100/5"
    supply = "auxiliary"
    [settings]
    demand_period = 15
    vt_ratio = 3
    {one}
    {name_one}
    ct = "200/1"
    [{under}.settings]
    unit_address = 2
    demand_period = 30
    {two}
    {name_two}
    source = "-"
    rate = 48000
    supply = "self"
    vt = 1
"""
FORMS = [
    {"one": "[[meter]]", "under": "meter", "name_one": 'name = "a"',
     "two": "[[meter]]", "name_two": 'name = "b"'},
    {"one": "[meter.a]", "under": "meter.a", "name_one": "", "two": "[meter.b]", "name_two": ""},
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=["list", "named"])
def test_what_stands_at_the_top_holds_unless_a_meter_says_otherwise(read, form) -> None:  # type: ignore[no-untyped-def]
    one, two = read(SEVERAL.format(**form)).meters
    assert (one.name, two.name) == ("a", "b")
    assert (one.source.text, two.source.text) == ("mains", "-")
    assert (one.source.rate, two.source.rate) == (None, 48000.0)
    assert (one.supply, two.supply) == (SupplyKind.AUXILIARY, SupplyKind.SELF)
    assert one.changes == {"ct_primary": 200, "ct_secondary": 1, "demand_period": 30,
                           "vt_ratio": 3, "unit_address": 2}  # fmt: skip
    assert two.changes == {"ct_primary": 100, "ct_secondary": 5, "demand_period": 15,
                           "vt_ratio": 1}  # fmt: skip
    assert one.place != two.place


def test_a_wiring_is_stated_or_left_to_the_source(read) -> None:  # type: ignore[no-untyped-def]
    assert "system_type" not in read('ct = "5/5"').meters[0].changes
    assert read('wiring = "3P4W"').meters[0].changes["system_type"] == 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("mains", "mains"),
        ("-", "-"),
        ("tcp:host:9000", "tcp:host:9000"),
        ("tcp-listen:9000", "tcp-listen:9000"),
        ("udp:9000", "udp:9000"),
        ("sv:eth0/MU01", "sv:eth0/MU01"),
        ("pipe:in.fifo", "pipe:{folder}/in.fifo"),
        ("pipe:/run/in.fifo", "pipe:/run/in.fifo"),
        ("a/b.cfg", "{folder}/a/b.cfg"),
        ("/data/b.cfg", "/data/b.cfg"),
    ],
)
def test_paths_start_from_the_folder_of_the_file(read, tmp_path, text, shown) -> None:  # type: ignore[no-untyped-def]
    found = read(f'source = "{text}"').meters[0].source.text
    assert found == shown.format(folder=tmp_path)


def test_files_by_which_a_broker_is_known_start_there_as_well(read, tmp_path) -> None:  # type: ignore[no-untyped-def]
    plan = read('source = "values:mqtts://b/grid"\nvalues_tls = ["ca.pem", "c.pem", "/etc/k.pem"]')
    files = plan.meters[0].source.values_tls
    known = (files.authority, files.certificate, files.key)
    assert known == (tmp_path / "ca.pem", tmp_path / "c.pem", Path("/etc/k.pem"))


def test_options_of_a_source_are_those_of_open_source() -> None:
    import inspect

    from smartx96.samples.sources import open_source

    taken = set(inspect.signature(open_source).parameters) - {"text", "now", "live", "again"}
    assert set(SourcePlan().options) == taken


def test_keys_are_the_options_of_run() -> None:
    """Every option that says what a meter is has a key of its name, underscores for hyphens."""
    from smartx96.assembly.installation_tables import MeterKeys, keys

    def bare() -> None:
        pass

    parameters = source_options(configuration_options(bare)).__click_params__  # type: ignore[attr-defined]
    names = {p.opts[0].removeprefix("--").replace("-", "_") for p in parameters}
    assert names <= set(keys(MeterKeys)), names - set(keys(MeterKeys))


def test_a_plan_does_not_change(read) -> None:  # type: ignore[no-untyped-def]
    plan = read("")
    with pytest.raises(FrozenInstanceError):
        plan.once = True
    with pytest.raises(FrozenInstanceError):
        plan.meters[0].name = "other"


def test_three_hundred_meters_without_a_line(read) -> None:  # type: ignore[no-untyped-def]
    text = 'tcp = "off"\n' + "".join(f"[meter.m{n}]\n" for n in range(300))
    plan = read(text)
    assert not any(meter.ports for meter in plan.meters)
    assert [m.name for m in plan.meters] == [f"m{n}" for n in range(300)]


A, B = '[[meter]]\nname = "a"\n', '[[meter]]\nname = "b"\nsettings = {unit_address = 2}\n'

WRONG: list[tuple[str, str]] = [
    ("colour = 1", "line 1: colour: unknown key; known are source, channels"),
    ('\nsate = "x"', "line 2: sate: unknown key; did you mean state?"),
    (A + "ctt = 1", "line 3: meter[1].ctt: unknown key; did you mean ct?"),
    ("[meter.x]\nspeed = 2", "line 2: meter.x.speed: unknown key"),
    ("[profile]\nsiez = 2", "line 2: profile.siez: unknown key; did you mean size?"),
    ("speed = 0", "line 1: speed = 0: must be a factor above 0, such as 10, or max"),
    ("speed = true", "speed = True: must be a factor"),
    ("speed = nan", "speed = nan: must be a factor"),
    ('tcp = "5020"', "tcp = '5020': must be HOST:PORT, such as"),
    ('tcp = "a:70000"', "tcp = 'a:70000': must be HOST:PORT"),
    ('tcp = "a:٣٣"', "must be HOST:PORT"),
    ("tcp = 5020", "tcp = 5020: must be a text, or off"),
    ('rtu = ""', "rtu = '': must be a device, such as /dev/ttyUSB0, or pty:LINK"),
    ("meter_code = 65536", "meter_code = 65536"),
    ("[service]\nmax_read = 126", "service.max_read = 126"),
    ('[service]\nallow = ["10.0.0.300"]', "give addresses or networks, such as"),
    ('[service]\nfaults = "late=-1"', "late is 0..60000 ms"),
    ('[service]\ntls = ["cert.pem"]', "service.tls"),
    ('values_tls = ["ca.pem", "cert.pem"]', "give the key of the certificate as well"),
    ("duration = 3\n[voltage]\nrms = 120", "a scenario, no installation file; use `x96 run --so"),
    ("[nominal]\nvoltage = 1\n[[event]]", "a scenario, no installation file; use `x96 run --sour"),
    ("ct_primary = 5", "a file of settings, no installation file; use `x96 run --settings "),
    ('weeks.all = "all"', "a tariff calendar, no installation file; use `x96 run --tariffs "),
    ('duration = 3\ntcp = "off"', "line 1: duration: unknown key"),
    ("for = 0", "for = 0: must be greater than 0"),
    ("for = inf", "for = inf: must be a finite number"),
    ('for = "1"', "for = '1': must be a number"),
    ("once = 1", "once = 1: must be true or false"),
    ("state = 3", "state = 3: must be a text"),
    ('state = ""', "state = '': must be a text"),
    ('source = "a\\u0000b"', r"source = 'a\x00b': must be a text of printable characters"),
    ("rate = 0", "rate = 0: must be greater than 0"),
    ('rate = "fast"', "rate = 'fast': must be a number"),
    ("from = -1", "from = -1: must be greater than or equal to 0"),
    ("to = 0", "to = 0: must be greater than 0"),
    ('side = "left"', "side = 'left': must be one of primary, secondary"),
    ('model = "X96"', "model = 'X96': must be one of X96-5A, X96-5E"),
    ("model = [1]", "must be one of X96-5A, X96-5E"),
    ('wiring = "4p"', "wiring = '4p': system_type: '4p' is not allowed; allowed: \"1P2W\" (1)"),
    ('model = "X96-5E"\nwiring = "3p3w"', "system_type: model X96-5E has no wiring 3p3w: use"),
    ('ct = "200"', "ct = '200': give primary/secondary in whole ampere, such as 200/5"),
    ('ct = "200/2"', "ct = '200/2': ct_secondary: 2 A is not allowed; allowed: 1|5 A"),
    ('ct = "0/5"', "ct_primary: 0 A is not allowed; allowed: 1..9999 A"),
    ("vt = 0", "vt = 0: vt_ratio: 0 is not allowed; allowed: 1..9999"),
    ("nominal = 55", "nominal = 55: nominal_frequency: 55 Hz is not allowed"),
    ('apparent = "sum"', "apparent = 'sum': apparent_power_method: 'sum' is not allowed"),
    ('ct = "200/5"\n[settings]\nct_primary = 3', "ct and settings.ct_primary are the same: give"),
    (A + 'wiring = "3p4w"\n[meter.settings]\nsystem_type = 3',
     "meter[1]: wiring and settings.system_type are the same"),
    ('subgroups = "yes"', "subgroups = 'yes': must be true or false"),
    ('supply = "battery"', "supply = 'battery': must be one of self, auxiliary"),
    ("settings = 3", "settings = 3: must be a table of settings"),
    ("[settings]\nct_primry = 3", "line 2: settings: 'ct_primry' is no setting; did you mean"),
    ("[settings]\nct_primary = 5\npulse1_width = 80",
     "line 3: settings: pulse1_width: 80 ms is not allowed; allowed: 60|100|200 ms"),
    ("[settings]\npassword = 4711", "line 2: settings: password: is secret"),
    ("profile = 3", "profile = 3: must be a table"),
    ("[profile]\nsize = 0", "profile.size = 0: must be greater than or equal to 1"),
    ("[profile]\nsize = 99999999", "profile.size = 99999999: must be less than or equal to"),
    ("[profile]\nsize = 1.5", "profile.size = 1.5: must be a"),
    ("[profile]\nquantities = []", "profile.quantities: must be a list of quantities"),
    ("[profile]\nquantities = [1]", "profile.quantities: must be a list of quantities"),
    ('[profile]\nquantities = ["voltage_1"]',
     "profile.quantities: 'voltage_1' is no quantity; did you mean voltage_l1?"),
    ('[profile]\nquantities = ["charge", "charge"]', "profile.quantities: charge is given twice"),
    ('[profile]\nquantities = ["status"]', "status has no mean over a period"),
    ('pulses = "p.csv"', "pulses = 'p.csv': must be a list"),
    ('pulses = ["p.csv", 3]', "pulses[2] = 3: must be a text"),
    ('pulses = ["p.txt"]', "pulses[1] = 'p.txt': --pulses p.txt: give FILE.csv, FILE.vcd or"),
    ('pulses = ["gpio:0"]', "pulses[1] = 'gpio:0': --pulses gpio:0: give gpio:CHIP:LINE1,LINE2"),
    (A + 'pulses = ["gpio:gpiochip0:17,27"]\n' + B.replace("settings", 'pulses = ["gpio:0:4,17"]'
     "\nsettings"), "meter[2]: pulses: /dev/gpiochip0 line 17 is that of meter a already"),
    ('state = "off"', "state = 'off': must be a folder; `x96 run --state off` keeps nothing"),
    ("tariffs = 1", "tariffs = 1: must be a text"),
    ("meter = 3", "meter = 3: must be a list"),
    ("meter = [1]", "meter[1] = 1: must be a table"),
    ("[meter]\nct = 1", "meter.ct: must be a table; a meter begins with [[meter]] or [meter.NAME]"),
    ('[meter.a]\nname = "b"', "meter.a.name: the table's own name is the meter's"),
    ("[[meter]]\nvt = 2", "meter[1].name: missing"),
    ('[[meter]]\nname = "a b"', "line 2: meter[1].name = 'a b': "),
    ('[[meter]]\nname = "../a"', "meter[1].name = '../a': "),
    ('name = "x"\n' + A, "name: every meter has a name of its own"),
    (A + '[[meter]]\nname = "A"', "meter[2]: name: a is that of meter a already"),
    (A + '[[meter]]\nname = "b"',
     "meter[2]: settings.unit_address: 1 on 127.0.0.1:5020 is that of meter a already"),
    ('source = "-"\n' + A + B, "meter[2]: source: - is that of meter a already"),
    ('source = "udp:9000"\n' + A + B, "meter[2]: source: udp:9000 is that of meter a already"),
    ('pulses = ["p.csv"]\n' + A + B, "meter[2]: pulses: "),
    ('pulses = ["p.csv", "p.csv"]', "is that of meter meter already"),
    ("meter = {x = 3}", "meter.x: must be a table"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), WRONG, ids=[w[0][:40] for w in WRONG])
def test_whatever_is_wrong_is_one_line_with_file_and_key(read, tmp_path, text, line) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    said = str(caught.value)
    assert said.startswith(f"{tmp_path / 'CONFIG.toml'}: ")
    assert line in said
    assert "4711" not in said
    assert said.isprintable()


@pytest.mark.parametrize("kind", ["mains", "sv:eth0", "tcp:host:1", "fault.cfg"])
def test_sources_that_several_meters_may_have(read, kind) -> None:  # type: ignore[no-untyped-def]
    assert len(read(f'source = "{kind}"\n{A}{B}').meters) == 2


HOSTILE: list[tuple[str, str | bytes, str]] = [
    ("not text", b"\x7fELF\xff", "byte 4 is not UTF-8"),
    ("no TOML", "source mains", "not TOML: Expected '='"),
    ("deep", "meter = " + "[" * 100_000, "not readable TOML: RecursionError"),
    ("deep key", ".".join("a" * 100_000) + " = 1", "keys of too many parts"),
    ("quoted key", ".".join(['"a"'] * 50_000) + " = 1", "keys of too many parts"),
    ("long key", f"{'k' * 500_000} = 1", "unknown key"),
    ("long value", f'ct = "{"1" * 500_000}/5"', "give primary/secondary"),
    ("long number", f"vt = 0x{'f' * 500_000}", "a number too long to show"),
    ("long name", f"[meter.{'n' * 500_000}]\nct = 1", "give primary/secondary"),
    ("many quantities", "[profile]\nquantities = [" + '"charge",' * 90_000 + "]", "given twice"),
    ("escapes", '"\\u001b[2J" = 1', r"\x1b[2J: unknown key"),
    ("too large", b"#" * (LARGEST + 1), f"larger than {LARGEST} bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), [h[1:] for h in HOSTILE], ids=[h[0] for h in HOSTILE])
def test_hostile_file_is_one_short_line(read, tmp_path, text, line) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    said = str(caught.value)
    assert line in said
    assert said.isprintable()
    assert len(said) < 1200


KEYS = st.sampled_from(
    ["source", "rate", "ct", "vt", "wiring", "model", "settings", "profile", "meter", "name",
     "state", "tcp", "speed", "for", "once", "pulses", "tariffs", "supply", "subgroups", "x"]
)  # fmt: skip
ATOMS = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=8),
    st.sampled_from(["mains", "200/5", "3p4w", "X96-5E", "max", "off", "self", "a", "b"]),
    st.sampled_from([s.id for s in KEPT]),
)  # fmt: skip
ANYTHING = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(KEYS, st.text(max_size=5)), inner)
    ),
    max_leaves=8,
)


@given(document=st.dictionaries(KEYS, ANYTHING, max_size=4))
@settings(max_examples=400, deadline=None)
def test_any_document_is_a_plan_or_one_line(
    document: dict, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "ANY.toml"
    path.write_text("\n".join(f"{_key(k)} = {_toml(v)}" for k, v in document.items()), "utf-8")
    line = ""
    try:
        assert read_installation(path).meters
    except ConfigurationError as error:
        line = str(error)
    assert not line or re.match(rf"{re.escape(str(path))}: .", line)
    assert not line or line.isprintable()


def _key(text: str) -> str:
    return '"' + "".join(f"\\U{ord(c):08x}" for c in text if not 0xD800 <= ord(c) < 0xE000) + '"'


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _key(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        pairs = {_key(k): _toml(v) for k, v in value.items()}
        return "{" + ", ".join(f"{key} = {one}" for key, one in pairs.items()) + "}"
    return str(value)


def test_a_front_end_is_a_preset_or_a_file_beside_this_one(read, tmp_path) -> None:  # type: ignore[no-untyped-def]
    plan = read("""
        frontend = "x96"
        [meter.a]
        [meter.b]
        frontend = "front/worse.toml"
        settings.unit_address = 2
    """)
    found = [meter.front_end for meter in plan.meters]
    assert found == ["x96", str(tmp_path / "front/worse.toml")]
    assert read("").meters[0].front_end is None
    with pytest.raises(
        ConfigurationError, match=r"line 1: frontend = 'x97': must be ideal, x96 or"
    ):
        read('frontend = "x97"')


def test_a_front_end_in_place_of_an_installation(read) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigurationError, match="a front end, no installation file; use `x96 run "
                       "--frontend"):  # fmt: skip
        read('preset = "x96"\n[divider]\nratio_error = 1\n')


DOCS = Path(__file__).parents[3] / "docs"


def test_the_example_of_the_documentation_is_a_plan(read, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (example,) = re.findall(
        r"^```toml\n(.*?)^```$", (DOCS / "how-to" / "settings.md").read_text("utf-8"), re.M | re.S
    )
    feeder, solar = read(example).meters
    assert (feeder.name, solar.name) == ("feeder", "solar")
    assert solar.tariffs == feeder.tariffs == tmp_path / "tariffs.toml"
    assert solar.changes == {"ct_primary": 200, "ct_secondary": 5, "demand_period": 15,
                             "unit_address": 2, "pulse1_energy": 4}  # fmt: skip


def test_the_documentation_has_every_key() -> None:
    from smartx96.assembly.installation_tables import Document, keys

    page = (DOCS / "reference" / "installation-file.md").read_text("utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    told = {key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert set(keys(Document)) - {"meter"} <= told
