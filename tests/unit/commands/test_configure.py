"""`x96 configure`: where its page is, and what it says where there can be none."""

from __future__ import annotations

import signal
import socket
import subprocess

import httpx
import pytest

from support.configure_page import ConfigureProcess
from support.in_process import x96
from support.running import X96


def said(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*X96, "configure", *arguments], capture_output=True, text=True,
                          timeout=60, check=False)  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(("arguments", "words"), [
    (("--web", "nowhere"), "--web nowhere: must be HOST:PORT"),
    (("--web-name", "a b"), "must be the name of a host"),
    (("--allow", "here"), "allow 'here'"),
    (("--timeout", "0"), "timeout"),
])  # fmt: skip
def test_wrong_use_is_one_line(arguments: tuple[str, ...], words: str) -> None:
    done = x96("configure", *arguments)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_one_line(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        code, line = said("--web", place, "--state", str(tmp_path))
    assert (code, line.count("\n")) == (1, 1)
    assert f"cannot listen on {place}" in line


def test_it_says_where_it_is_and_ends_by_a_signal(tmp_path) -> None:
    with ConfigureProcess(tmp_path) as page:
        answer = httpx.get(f"{page.url}healthz", trust_env=False)
        assert answer.json() == {"status": "ok"}
        page.process.send_signal(signal.SIGINT)
        assert page.process.wait(20) == 0
        assert page.said.count("\n") == 1


def test_beyond_this_computer_it_asks_for_a_token(tmp_path) -> None:
    with ConfigureProcess(tmp_path, "--web-name", "meters.example") as page:
        assert "token, told this once" in page.said
        token = page.said.split("once: ")[1].split()[0]
        asked = {"trust_env": False, "headers": {"Authorization": f"Bearer {token}"}}
        assert httpx.get(f"{page.url}api/meters", trust_env=False).status_code == 401
        assert httpx.get(f"{page.url}api/meters", **asked).json() == {"meters": []}
    assert token not in (tmp_path / "state/configure/web-token").read_text()
