"""Lock: a minute, sessions apart, five wrong passwords lock everybody out."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from smartx96.errors import LockedError, OptionError, PasswordError
from smartx96.meter.lock import ATTEMPTS, Lock, Secret


def test_unlocked_for_a_minute() -> None:
    lock = Lock()
    assert not lock.unlocked("line", 0.0)
    lock.unlock("line", 1000, 10.0)
    assert lock.unlocked("line", 10.0)
    assert lock.unlocked("line", 69.999)
    assert not lock.unlocked("line", 70.0)
    assert (lock.any_unlocked(69.9), lock.any_unlocked(70.0)) == (True, False)


def test_renewal_gives_another_minute_and_revives_nothing() -> None:
    lock = Lock()
    lock.unlock("line", 1000, 0.0)
    lock.renew("line", 59.0)
    assert lock.unlocked("line", 118.9)
    lock.renew("line", 119.1)
    assert not lock.unlocked("line", 119.2)
    lock.renew("stranger", 119.2)
    assert not lock.unlocked("stranger", 119.3)


def test_sessions_are_apart() -> None:
    lock = Lock()
    lock.unlock(("tcp", 1), 1000, 0.0)
    lock.unlock(("tcp", 2), 1000, 0.0)
    assert not lock.unlocked(("tcp", 3), 1.0)
    lock.lock(("tcp", 1))
    assert not lock.unlocked(("tcp", 1), 1.0)
    assert lock.unlocked(("tcp", 2), 1.0)
    lock.lock("nobody")


def test_five_wrong_passwords_lock_everybody_out_for_a_minute() -> None:
    lock = Lock()
    for n in range(ATTEMPTS):
        with pytest.raises(PasswordError, match=r"^wrong password$"):
            lock.unlock(f"line {n}", 1, 100.0 + n)
    with pytest.raises(LockedError, match="locked out after 5 wrong passwords; wait 60 s") as told:
        lock.unlock("another", 1000, 104.0)
    assert not isinstance(told.value, PasswordError)
    assert lock.locked_out(163.9)
    assert (lock.lock_out(104.0), lock.lock_out(163.0), lock.lock_out(164.0)) == (60.0, 1.0, 0.0)
    # Trying in vain does not prolong it.
    lock.unlock("another", 1000, 164.0)
    assert lock.unlocked("another", 164.0)


def test_four_wrong_and_one_right_begin_to_count_anew() -> None:
    lock = Lock()
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            with pytest.raises(PasswordError):
                lock.unlock("line", 0, 0.0)
        lock.unlock("line", 1000, 0.0)
    assert not lock.locked_out(0.0)


def test_a_lock_out_leaves_those_unlocked_who_are() -> None:
    lock = Lock()
    lock.unlock("owner", 1000, 0.0)
    for _ in range(ATTEMPTS):
        with pytest.raises(PasswordError):
            lock.unlock("thief", 1, 1.0)
    assert lock.unlocked("owner", 2.0)


@pytest.mark.parametrize("password", [1000, 1000.0])
def test_numbers_as_registers_and_people_give_them(password) -> None:
    Lock().unlock("line", password, 0.0)
    assert Secret.of(1000).fits(password)


@pytest.mark.parametrize(
    "password", ["1000", None, True, 1000.5, float("nan"), float("inf"), -1000, 10**400, [1000]]
)
def test_nothing_else_is_a_password(password) -> None:
    with pytest.raises(PasswordError):
        Lock().unlock("line", password, 0.0)
    assert not Secret.of(1000).fits(password)


def test_a_password_is_kept_as_a_salted_hash() -> None:
    one, other = Secret.of(4711), Secret.of(4711)
    assert one.fits(4711)
    assert not one.fits(4712)
    assert (one.salt, one.digest) != (other.salt, other.digest)
    kept = json.dumps(asdict(one))
    assert "4711" not in kept.replace(one.salt, "").replace(one.digest, "")
    assert Secret(**json.loads(kept)).fits(4711)
    assert "4711" not in repr(Lock(one)).replace(one.salt, "").replace(one.digest, "")


def test_another_password() -> None:
    lock = Lock(Secret.of(7))
    with pytest.raises(PasswordError):
        lock.unlock("line", 1000, 0.0)
    lock.unlock("line", 7, 0.0)


@pytest.mark.parametrize("password", [10_000, -1, "x", 1.5])
def test_a_password_that_is_not_allowed_is_refused_and_not_repeated(password) -> None:
    with pytest.raises(OptionError) as told:
        Secret.of(password)
    assert str(password) not in str(told.value).replace("0..9999", "")


def test_sessions_that_are_over_take_no_memory() -> None:
    lock = Lock()
    for n in range(10_000):
        lock.unlock(n, 1000, float(n))
    assert len(lock._until) <= 62
