import hashlib
import json

import pytest

from smartx96.store.chain import Head
from smartx96.store.record import Record, newest, unsealed


def record(sequence=1, **monotone):
    return Record(
        "main", sequence=sequence, monotone=monotone, state={"energy": 10**30, "a": [1.5]}
    )


def test_sealed_text_is_the_digest_of_json_that_others_read():
    digest, _, text = record(7, energy=3).sealed().partition(" ")
    assert hashlib.sha256(text.encode("ascii")).hexdigest() == digest
    found = json.loads(text)
    assert found["state"] == {"energy": 10**30, "a": [1.5]}
    assert json.dumps(found, separators=(",", ":")) == text


def test_round_trip():
    head, pulses = Head(2, "ab", 1, "cd", 1), {1: 4, 2: 5}
    full = Record("main", 3, -5, head, 9, 7, pulses, {"e": 1}, {"ü": None})
    assert unsealed(full.sealed(), "main") == full


def test_record_of_an_older_program():
    """Word for word what it wrote: no entry of its log has the name in its hash."""
    text = (
        '{"events":{"anchor":"cd","count":2,"hash":"ab","pruned":1},"format":1,"meter":"main",'
        '"monotone":{"e":1},"pulses":{"1":4,"2":5},"rows":9,"sequence":3,"state":{"a":1},"time":5}'
    )
    found = unsealed(f"{hashlib.sha256(text.encode()).hexdigest()} {text}", "main")
    head = Head(2, "ab", 1, "cd", unnamed=2)
    assert found == Record("main", 3, 5, head, 9, None, {1: 4, 2: 5}, {"e": 1}, {"a": 1})


@pytest.mark.parametrize("place", [0, 40, 64, 65, 100, -1])
def test_any_changed_sign_shows(place):
    text = record().sealed()
    changed = "x" if text[place] != "x" else "y"
    signs = list(text)
    signs[place] = changed
    assert unsealed("".join(signs), "main") is None


@pytest.mark.parametrize("text", ["", " ", None, 5, b"", "0" * 64 + " {}"])
def test_what_is_no_record(text):
    assert unsealed(text, "main") is None


@pytest.mark.parametrize(
    "text", ["{}", "[]", "null", "1", '{"format":2}', '{"format":1}', '{"format":3}', "[" * 10**5]
)
def test_good_digest_of_something_else(text):
    assert unsealed(f"{hashlib.sha256(text.encode()).hexdigest()} {text}", "main") is None


def test_record_of_another_meter():
    assert unsealed(record().sealed(), "other") is None


@pytest.mark.parametrize("state", [{"a": float("nan")}, {"a": float("inf")}, {"a": {1, 2}}])
def test_state_that_json_has_not(state):
    with pytest.raises((ValueError, TypeError)):
        Record("main", state=state).sealed()


def test_newest_in_any_order():
    records = [record(n, energy=n) for n in (3, 1, 4, 2)]
    assert newest(records) == (records[2], ())
    assert newest([]) == (None, ())


def test_a_register_that_fell_passes_the_record_over():
    low = record(4, energy=2)
    assert newest([record(3, energy=3), low, record(2, energy=1)]) == (record(3, energy=3), (low,))


def test_register_that_is_new_or_gone_is_no_fall():
    assert newest([record(1, old=9), record(2, other=1)])[0] == record(2, other=1)


def test_register_that_went_and_came_back_lower_fell():
    assert newest([record(1, old=9), record(2), record(3, old=8)])[0] == record(2)
