"""What passes the guard, and what every answer carries, in a browser's and an attacker's words."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.responses import JSONResponse

from smartx96.errors import MissingExtraError, OptionError, StoreError
from smartx96.web.guard import BODY, SECURITY, Guard
from smartx96.web.token import ATTEMPTS, Logins, digest

TOKEN = "correct-horse-battery"
JSON = {"content-type": "application/json"}


class Application:
    """What stands behind the guard: counts what reaches it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.reached = error, 0

    async def __call__(self, scope, receive, send) -> None:
        self.reached += 1
        if self.error is not None:
            raise self.error
        await JSONResponse({"path": scope["path"]})(scope, receive, send)


def asked(method="GET", path="/api/meters", headers=None, *, host="127.0.0.1:8096", logins=None,
          every_address=False, error=None, names=("localhost", "127.0.0.1", "::1"), times=1,
          content=b""):  # fmt: skip
    """The last answer, how often the application was reached, and what was reported."""
    behind, reported = Application(error), []
    guard = Guard(behind, names, every_address=every_address, logins=logins, cookie="x96_8096",
                  report=reported.append)  # fmt: skip

    async def ask():
        transport = httpx.ASGITransport(guard, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            for _ in range(times):
                answer = await client.request(
                    method, path, headers={"host": host, **(headers or {})}, content=content
                )
            return answer

    return asyncio.run(ask()), behind.reached, reported


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8096", "localhost:8096", "localhost", "LOCALHOST:9000", "[::1]:8096"]
)
def test_own_names_pass(host):
    answer, reached, _ = asked(host=host)
    assert (answer.status_code, reached) == (200, 1)


@pytest.mark.parametrize(
    "host",
    ["", "evil.example:8096", "127.0.0.1.evil.example", "192.168.1.5:8096", "[::1", "localhost:x",
     "evil.example@127.0.0.1", "127.0.0.1/x", "localhost.", "0x7f000001", "2130706433"],
)  # fmt: skip
def test_other_names_are_refused(host):
    """A page whose name was turned into our address (DNS rebinding) sends its own name."""
    answer, reached, _ = asked(host=host)
    assert (answer.status_code, reached) == (421, 0)
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize("host", ["192.168.1.5:8096", "[fe80::1]:8096"])
def test_where_all_addresses_are_listened_to_any_of_them_is_a_name(host):
    assert asked(host=host, every_address=True)[0].status_code == 200
    assert asked(host="evil.example", every_address=True)[0].status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8097"},
        {"origin": "http://localhost:8096"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
        {"origin": "http://["},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_of_others_are_refused(method, headers):
    answer, reached, _ = asked(method, headers={**JSON, **headers})
    assert (answer.status_code, reached) == (403, 0)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8096", "sec-fetch-site": "same-origin"},
        {"origin": "https://127.0.0.1:8096"},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
    ],
)
def test_own_pages_and_programs_pass(headers):
    assert asked("POST", headers={**JSON, **headers})[1] == 1


def test_a_link_elsewhere_may_lead_here():
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert asked(path="/", headers=headers)[1] == 1


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; b=c"]
)
def test_a_form_of_any_page_changes_nothing(kind):
    """What a browser sends to others without asking them first (Fetch standard, 2.2.2)."""
    answer, reached, _ = asked("POST", headers={} if kind is None else {"content-type": kind})
    assert (answer.status_code, reached) == (415, 0)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(method):
    answer, reached, _ = asked(method, headers=JSON)
    assert (answer.status_code, reached) == (405, 0)
    assert answer.headers["allow"] == "GET, HEAD, POST"
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_a_long_body_is_refused_before_it_is_read():
    answer, reached, _ = asked("POST", headers=JSON, content=b"x" * (BODY + 1))
    assert (answer.status_code, reached) == (413, 0)


@pytest.mark.parametrize("status", ["good", "refused", "failed"])
def test_every_answer_carries_the_headers(status):
    error = RuntimeError("x") if status == "failed" else None
    answer, _, _ = asked(host="evil.example" if status == "refused" else "localhost", error=error)
    for name, value in SECURITY.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"


def test_a_defect_is_told_in_one_line_and_not_to_the_client():
    answer, _, reported = asked(error=RuntimeError("secret\n\x1b[31m path"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert len(reported) == 1
    assert reported[0].isprintable()
    assert "RuntimeError" in reported[0]


def test_what_the_meter_refuses_is_told():
    answer, _, reported = asked(error=OptionError("page nothing: there is none"))
    assert answer.status_code == 400
    assert answer.json() == {"error": "page nothing: there is none"}
    assert not reported


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (OptionError("x"), 400),
        (StoreError("load-profile.x96: cannot be read"), 500),
        (MissingExtraError("pictures need resvg"), 501),
    ],
)
def test_whose_fault_it_is(error, status):
    answer, _, _ = asked(error=error)
    assert (answer.status_code, answer.json()) == (status, {"error": str(error)})


@pytest.mark.parametrize("path", ["/login", "/api/login", "/healthz", "/static/page.css"])
def test_the_way_in_needs_no_token(path):
    assert asked(path=path, logins=Logins(digest(TOKEN)))[1] == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/meters", 401), ("/metrics", 401), ("/events", 401), ("/openapi.json", 401),
     ("/", 303), ("/meters/m/", 303), ("/meters/m", 303), ("/loginx", 401), ("/static", 401)],
)  # fmt: skip
def test_all_else_needs_it(path, status):
    """People are led to the login; programs are told what they lack (RFC 9110, 11.6.1)."""
    for headers in ({}, {"authorization": "Bearer wrong-wrong-wrong"}):
        answer, reached, _ = asked(path=path, headers=headers, logins=Logins(digest(TOKEN)))
        assert (answer.status_code, reached) == (status, 0)
        assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
        assert status == 303 or "a token is needed" in answer.json()["error"]


def test_programs_send_it():
    logins = Logins(digest(TOKEN))
    good = {"authorization": f"Bearer {TOKEN}"}
    assert asked(headers=good, logins=logins)[1] == 1
    assert asked(headers={"authorization": f"Basic {TOKEN}"}, logins=logins)[0].status_code == 401
    bad = {"authorization": "Bearer wrong-wrong-wrong"}
    answer, reached, _ = asked(headers=bad, logins=logins, times=ATTEMPTS + 1)
    assert (answer.status_code, reached) == (429, 0)
    behind_the_same_proxy, reached, _ = asked(headers=good, logins=logins)
    assert (behind_the_same_proxy.status_code, reached) == (200, 1)


def test_browsers_send_their_login():
    logins = Logins(digest(TOKEN))
    name = logins.open()
    for other in ("other=1", 'other={"a": 1}', "o[b]=1", "o@b=1", "other=a b"):
        assert asked(headers={"cookie": f"{other}; x96_8096={name}"}, logins=logins)[1] == 1
    for cookie in (f"x96_8097={name}", "x96_8096=", f"x96_8096={name}x", "\x01;;=", "=;=", TOKEN):
        assert asked(headers={"cookie": cookie}, logins=logins)[0].status_code == 401
