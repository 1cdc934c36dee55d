"""Tokens: made once, kept as a hash for this user alone, and not to be guessed."""

from __future__ import annotations

import stat

import pytest

from smartx96.errors import OptionError, StoreError
from smartx96.web import token as module
from smartx96.web.token import (
    ATTEMPTS,
    FILE,
    HOSTS,
    LOGIN_SECONDS,
    LOGINS,
    PAUSE,
    Logins,
    digest,
    kept_token,
    stated_token,
)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(module.time, "monotonic", lambda: Clock.now)
    return Clock


def test_it_is_told_once_and_kept_as_a_hash(tmp_path):
    found, token = kept_token(tmp_path)
    assert token is not None
    assert len(token) >= 32
    assert digest(token) == found
    file = tmp_path / FILE
    assert token not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_token(tmp_path) == (found, None)
    assert list(tmp_path.iterdir()) == [file]


def test_another_one_takes_its_place(tmp_path):
    first, _ = kept_token(tmp_path)
    second, token = kept_token(tmp_path, renew=True)
    assert token is not None
    assert second != first
    assert kept_token(tmp_path) == (second, None)


def test_without_a_folder_it_is_another_one_each_time():
    one, other = kept_token(None), kept_token(None)
    assert None not in (one[1], other[1])
    assert one[0] != other[0]


@pytest.mark.parametrize("text", ["", "sha256:12", "sha256:" + "g" * 64, "x" * 10_000])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(StoreError, match="--new-web-token") as refused:
        kept_token(tmp_path)
    assert "\n" not in str(refused.value)


def test_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        kept_token(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["short", "", "a blank is no sign of a token", "\u00e9" * 20])
def test_ones_own_token_must_be_long_and_plain(text):
    with pytest.raises(OptionError, match="X96_WEB_TOKEN"):
        stated_token(text)


def test_ones_own_token():
    assert stated_token("correct-horse-battery") == "correct-horse-battery"


def test_only_the_token_fits():
    logins = Logins(digest("correct-horse-battery"))
    assert logins.fits("correct-horse-battery")
    assert not any(logins.fits(text) for text in ("", "correct-horse-batter", "Correct-horse"))
    assert "correct" not in repr(logins)


def test_who_tries_too_often_must_wait(clock):
    logins = Logins(digest("t" * 16))
    for _ in range(ATTEMPTS):
        assert not logins.barred("10.0.0.1")
        logins.failed("10.0.0.1")
    assert logins.barred("10.0.0.1")
    assert not logins.barred("10.0.0.2")
    clock.now += PAUSE
    assert not logins.barred("10.0.0.1")


def test_hosts_that_are_remembered_are_bounded():
    logins = Logins(digest("t" * 16))
    for n in range(3 * HOSTS):
        logins.failed(f"host {n}")
    assert len(logins._tries) == HOSTS


def test_a_login_lasts_while_it_is_used(clock):
    logins = Logins(digest("t" * 16))
    name = logins.open()
    for _ in range(3):
        clock.now += LOGIN_SECONDS - 1
        assert logins.knows(name)
    clock.now += LOGIN_SECONDS + 1
    assert not logins.knows(name)
    other = logins.open()
    logins.close(other)
    assert not logins.knows(other)
    assert not logins.knows("")


def test_logins_are_bounded_and_the_oldest_makes_room():
    logins = Logins(digest("t" * 16))
    names = [logins.open() for _ in range(LOGINS + 1)]
    assert not logins.knows(names[0])
    assert all(logins.knows(name) for name in names[1:])
