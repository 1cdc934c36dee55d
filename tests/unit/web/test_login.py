"""The way in where others reach the page."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from smartx96.web.token import ATTEMPTS, FILE, VARIABLE
from support.pages import pages

TOKEN = "correct-horse-battery"


@pytest.fixture
def behind(meter, monkeypatch):
    """Pages with a token of one's own."""
    monkeypatch.setenv(VARIABLE, TOKEN)
    with pages(meter) as found:
        yield found


def test_on_this_computer_alone_nobody_is_asked(served, client, monkeypatch):
    assert client.get("/api/meters").json()["token"] is False
    assert served.told == [f"page at http://127.0.0.1:{served.port}/"]
    assert client.post("/api/login", json={"token": "x"}).status_code == 204


def test_in_and_out(behind):
    with behind.client() as client:
        assert client.get("/api/meters").status_code == 401
        first = client.get("/")
        assert (first.status_code, first.headers["location"]) == (303, "/login")
        assert client.get("/login").status_code == 200
        assert client.post("/api/login", json={"token": "wrong" * 5}).status_code == 403
        answer = client.post("/api/login", json={"token": TOKEN})
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert TOKEN not in cookie
        assert client.get("/api/meters").json()["token"] is True, "there is a way out"
        assert client.get(f"{behind.path}/face.svg").status_code == 200
        assert client.post("/api/logout", json={}).status_code == 200
        assert client.get("/api/meters").status_code == 401
    assert all(TOKEN not in line for line in (*behind.told, *behind.notes))


def test_an_old_cookie_is_worth_nothing_after_the_logout(behind):
    with behind.client() as client:
        client.post("/api/login", json={"token": TOKEN})
        (cookie,) = client.cookies.jar
        client.post("/api/logout", json={})
        answer = client.get("/api/meters", headers={"Cookie": f"{cookie.name}={cookie.value}"})
        assert answer.status_code == 401


def test_behind_tls_the_cookie_keeps_to_it(behind):
    with behind.client() as client:
        origin = f"https://127.0.0.1:{behind.port}"
        answer = client.post("/api/login", json={"token": TOKEN}, headers={"Origin": origin})
        assert "Secure" in answer.headers["set-cookie"]


@pytest.mark.parametrize("token", [None, 5, ["x"], {"a": 1}, "", "x" * 3000, "\u00e9" * 20])
def test_what_is_no_token(behind, token):
    with behind.client() as client:
        assert client.post("/api/login", json={"token": token}).status_code == 403


def test_guessing_is_paused(behind):
    with behind.client() as client:
        found = [client.post("/api/login", json={"token": f"{n:016}"}).status_code
                 for n in range(ATTEMPTS + 2)]  # fmt: skip
        assert found == [403] * ATTEMPTS + [429] * 2
        assert client.post("/api/login", json={"token": TOKEN}).status_code == 429


def test_guessing_does_not_lock_out_who_is_in(behind):
    with behind.client() as inside, behind.client() as client:
        inside.post("/api/login", json={"token": TOKEN})
        for n in range(ATTEMPTS + 1):
            client.get("/api/meters", headers={"Authorization": f"Bearer {n:016}"})
        assert inside.get("/api/meters").status_code == 200


def test_that_no_token_is_made_is_told(meter, tmp_path, monkeypatch):
    """Where another one was asked for: a token of one's own stays, and here none is needed."""
    with pages(meter, new_token=True) as served:
        assert served.told[1:] == ["note: --new-web-token makes none: the page needs none here"]
    monkeypatch.setenv(VARIABLE, TOKEN)
    with pages(meter, tmp_path, new_token=True) as served:
        assert served.told[1:] == [
            "note: --new-web-token makes none: the page has that of X96_WEB_TOKEN"
        ]
    assert not (tmp_path / FILE).exists()


def test_a_page_with_another_name_asks(meter, tmp_path):
    """Whoever gives it a name has others in mind, though it listens on this computer alone."""
    with pages(meter, tmp_path, names=("meter.example",)) as served, served.client() as client:
        token = served.told[1].rpartition(" ")[2]
        assert f"login#{token}" in served.told[2]
        headers = {"Host": "meter.example", "Authorization": f"Bearer {token}"}
        assert client.get("/api/meters", headers=headers).status_code == 200
        assert client.get("/api/meters", headers={**headers, "Host": "b"}).status_code == 421
        assert client.get("/api/meters").status_code == 401
    with pages(meter, tmp_path, names=("meter.example",)) as served, served.client() as client:
        assert len(served.told) == 1
        assert client.get("/api/meters", headers=headers).status_code == 200
    with pages(meter, tmp_path, names=("meter.example",), new_token=True) as served:
        assert served.told[1] != token
        with served.client() as client:
            assert client.get("/api/meters", headers=headers).status_code == 401
    assert token not in (tmp_path / FILE).read_text()


def test_beyond_this_computer_it_asks_and_says_that_nothing_is_encrypted(meter, tmp_path):
    with pages(meter, tmp_path, host="0.0.0.0") as served, served.client() as client:
        assert client.get("/api/meters").status_code == 401
        assert client.get("/healthz").status_code == 200
        assert "TLS" in served.told[-1]
        # A link to every address leads nowhere from another computer.
        link = urlsplit(served.told[2].removeprefix("log in at "))
        assert (link.hostname, link.port) == (socket.gethostname().lower(), served.port)
        token = {"Authorization": f"Bearer {link.fragment}", "Host": link.netloc}
        assert client.get("/api/meters", headers=token).status_code == 200
