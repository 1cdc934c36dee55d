"""The table of who asks what: figures by hand, and bounds."""

import json
from statistics import median

import pytest

from smartx96.modbus.traffic import Exchange
from smartx96.modbus.watch.subject import heading, outcome, subject
from smartx96.modbus.watch.traffic_log import TrafficLog
from smartx96.modbus.watch.traffic_text import WIDTH, traffic_text

START = 1_767_225_600.0  # 2026-01-01T00:00:00Z
PORT = "127.0.0.1:5020"
READ = bytes.fromhex("04 0000 0050")
ANSWER = bytes.fromhex("04 a0") + bytes(160)
ABSENT = bytes.fromhex("84 02")


def exchange(at, request=READ, answer=ANSWER, client="192.168.1.20:40000", port=PORT, unit=1):
    return Exchange(START + at, port, client, unit, request, answer)


def logged(*exchanges, **bounds):
    log = TrafficLog(START, **bounds)
    for each in exchanges:
        log.exchange(each)
    return log.document()


def test_requests_that_are_alike_are_one_row_with_their_intervals():
    times = [0.0, 1.0, 1.9, 3.0, 4.05]
    (row,) = logged(*(exchange(at) for at in times))["requests"]
    assert (row["requests"], row["answered"], row["silent"]) == (5, 5, 0)
    gaps = [1.0, 0.9, 1.1, 1.05]
    assert row["intervals"] == {
        "shortest": pytest.approx(0.9), "median": pytest.approx(median(gaps)),
        "longest": pytest.approx(1.1),
    }  # fmt: skip
    assert (row["first"], row["last"]) == ("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:04.050Z")
    assert (row["function"], row["address"], row["quantity"]) == (4, 0, 80)
    assert row["asked"] == "read input 0x0000-0x004F"
    assert row["values"] == "voltage_l1 .. reactive_energy_export"


def test_outcomes_are_counted_in_words():
    found = logged(
        exchange(0), exchange(1, answer=ABSENT), exchange(2, answer=ABSENT),
        exchange(3, answer=bytes.fromhex("84 06")), exchange(4, answer=None),
    )  # fmt: skip
    for tally in (*found["requests"], *found["clients"]):
        assert tally["answered"] == 1
        assert tally["silent"] == 1
        assert tally["exceptions"] == {"illegal address": 2, "device busy": 1}


def test_a_client_is_a_host_whatever_its_connections():
    found = logged(
        exchange(0), exchange(1, client="192.168.1.20:40001"),
        exchange(2, client="[2001:db8::1]:40001"), exchange(3, client="/dev/serial:1.0",
                                                            port="/dev/serial:1.0"),
    )  # fmt: skip
    assert [(c["client"], c["requests"]) for c in found["clients"]] == [
        ("192.168.1.20", 2), ("[2001:db8::1]", 1), ("/dev/serial:1.0", 1),
    ]  # fmt: skip


def test_units_functions_and_spans_are_told_apart():
    found = logged(
        exchange(0), exchange(0, unit=2), exchange(0, bytes.fromhex("03 0000 0050")),
        exchange(0, bytes.fromhex("04 0000 0051")), exchange(0, bytes.fromhex("04 0002 0050")),
        exchange(0, port="127.0.0.1:5021"),
    )  # fmt: skip
    assert len(found["requests"]) == 6


def test_what_is_written_or_echoed_makes_no_rows():
    found = logged(
        *(exchange(n, bytes.fromhex("10 0002 0002 04") + n.to_bytes(4)) for n in range(9)),
        *(exchange(n, bytes.fromhex("08 0000") + n.to_bytes(2)) for n in range(9)),
        *(exchange(n, bytes.fromhex("06 0018") + n.to_bytes(2)) for n in range(9)),
        *(exchange(n, bytes([0x65]) + n.to_bytes(2)) for n in range(9)),
    )
    assert [row["requests"] for row in found["requests"]] == [9, 9, 9, 9]


def test_a_clock_that_is_set_back_makes_no_interval():
    (row,) = logged(exchange(10), exchange(11), exchange(5), exchange(7))["requests"]
    assert row["intervals"]["shortest"] == 1.0
    assert row["intervals"]["longest"] == 2.0


def test_many_rows_and_clients_are_summed_up_oldest_first():
    requests = [exchange(n, b"\x04" + n.to_bytes(2) + b"\0\1", client=f"10.0.{n}.1:5",
                         answer=None if n % 2 else ABSENT)
                for n in range(40)]  # fmt: skip
    found = logged(*requests, *requests[:1], rows=10, clients=8)
    assert len(found["requests"]) == 10
    assert len(found["clients"]) == 8
    assert {row["address"] for row in found["requests"]} == {0, *range(31, 40)}
    others = found["others"]
    assert others["requests"]["requests"] == 31
    assert others["clients"]["requests"] == 33
    # The first request was summed up, and came again.
    assert others["requests"]["first"] == "2026-01-01T00:00:00.000Z"
    assert others["requests"]["exceptions"] == {"illegal address": 16}
    assert others["requests"]["silent"] == 15


def test_who_goes_on_asking_is_kept():
    strangers = (exchange(n, b"\x04" + n.to_bytes(2) + b"\0\1", client=f"10.0.{n}.1:5")
                 for n in range(1, 40))  # fmt: skip
    found = logged(*(each for other in strangers for each in (exchange(0), other)), rows=5,
                   clients=5)  # fmt: skip
    assert (found["requests"][0]["requests"], found["requests"][0]["quantity"]) == (39, 80)
    assert (found["clients"][0]["requests"], found["clients"][0]["client"]) == (39, "192.168.1.20")


def test_the_table_is_json_and_begins_empty():
    assert json.loads(json.dumps(logged())) == {
        "since": "2026-01-01T00:00:00.000Z", "clients": [], "requests": [],
        "others": {"clients": None, "requests": None},
    }  # fmt: skip
    assert "nobody" in traffic_text(logged())


@pytest.mark.parametrize(
    ("request_", "text", "values"),
    [
        ("04 0000 0002", "read input 0x0000-0x0001", "voltage_l1"),
        ("04 0001 0002", "read input 0x0001-0x0002", "voltage_l1 .. voltage_l2"),
        ("04 0192 0001", "read input 0x0192", "voltage_harmonic_l1[2]"),
        ("04 0036 0002", "read input 0x0036-0x0037", "no register"),
        ("04 9000 0002", "read input 0x9000-0x9001", "no register"),
        ("03 0034 0002", "read holding 0x0034-0x0035", "ct_primary"),
        ("10 0018 0002 04 00000000", "write holding 0x0018-0x0019", "password"),
        ("06 0018 0000", "write holding 0x0018", "password"),
        ("04 0000 0000", "read input nothing", "no register"),
        ("01 0000 0008", "read coils 0x0000-0x0007", ""),
        ("08 000b 0000", "diagnostics 0x000B", ""),
        ("11", "server id", ""),
        ("2b 0e 01 00", "device identification", ""),
        ("41 00", "function 65", ""),
        ("04 00", "read input", "no register"),
        ("", "function 0", ""),
    ],
)
def test_subjects_in_words(request_, text, values):
    about = subject(heading(bytes.fromhex(request_)))
    assert (str(about), about.values) == (text, values)


def test_outcomes_in_words():
    assert outcome(None) == "silence"
    assert outcome(ANSWER) == "answered"
    assert outcome(bytes.fromhex("8402")) == "illegal address"
    assert outcome(bytes.fromhex("9063")) == "exception 99"


def test_the_text_has_its_places_within_the_width():
    requests = [exchange(n * 60, b"\x04" + n.to_bytes(2) + b"\0\x7d", answer=ABSENT,
                         client=f"[2001:db8:1111:2222:3333:4444:5555:{n:x}]:40000",
                         port="[2001:db8:1111:2222:3333:4444:5555:6666]:65535", unit=247)
                for n in range(300)]  # fmt: skip
    lines = traffic_text(logged(*requests, exchange(0), exchange(1.25))).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert "192.168.1.20 on 127.0.0.1:5020: 2 requests, all answered" in lines
    row = lines[lines.index("192.168.1.20 on 127.0.0.1:5020: 2 requests, all answered") + 2]
    assert row.split() == ["2", *["1.25", "s"] * 3, "00:00:01.250", "unit", "1", "read", "input",
                           "0x0000-0x004F"]  # fmt: skip
    assert any(line.startswith("other clients: ") for line in lines)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0.00 ms"), (0.01234, "12.3 ms"), (0.988, "988 ms"), (1.0, "1.00 s"), (60.0, "60.0 s"),
     (900.0, "15.0 min"), (86_400.0, "24.0 h"), (1e7, "2.78e+03 h")],
)  # fmt: skip
def test_intervals_have_three_digits(seconds, shown):
    text = traffic_text(logged(exchange(0), exchange(seconds)))
    assert text.count(shown) == 3


def test_names_that_steer_a_terminal_are_escaped():
    text = traffic_text(logged(exchange(0, client="\x1b[2J", port="\x1b[2J")))
    assert "\x1b" not in text
