"""Files and servers that lines go into."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from smartx96.errors import OptionError
from smartx96.outputs.influx.http_sink import HttpSink
from smartx96.outputs.influx.sink import HEAD, FileSink, RefusedError, UnreachableError
from smartx96.outputs.influx.terms import address_of
from support.ports import free_port


def test_a_file_grows_and_is_gone_on_with(tmp_path):
    path = tmp_path / "lines.lp"
    for data in (b"a x=1 1\n", b"b x=2 2\n"):
        sink = FileSink(path)
        sink.write(data)
        sink.close()
    assert path.read_bytes() == HEAD + b"a x=1 1\nb x=2 2\n"


def test_a_torn_last_line_is_cut_off(tmp_path):
    path = tmp_path / "lines.lp"
    path.write_bytes(HEAD + b"a x=1 1\nb x=")
    sink = FileSink(path)
    sink.write(b"c x=3 3\n")
    sink.close()
    assert path.read_bytes() == HEAD + b"a x=1 1\nc x=3 3\n"


def test_a_file_of_somebody_else_is_left_alone(tmp_path):
    path = tmp_path / "lines.lp"
    path.write_text("precious\n")
    with pytest.raises(OptionError, match=r"--influx .*holds something else"):
        FileSink(path)
    assert path.read_text() == "precious\n"


def test_two_do_not_write_one_file(tmp_path):
    sink = FileSink(tmp_path / "lines.lp")
    with pytest.raises(OptionError, match="written already"):
        FileSink(tmp_path / "lines.lp")
    sink.close()


def test_a_file_that_is_moved_away_is_begun_anew(tmp_path):
    path = tmp_path / "lines.lp"
    sink = FileSink(path)
    sink.write(b"a x=1 1\n")
    path.rename(tmp_path / "old.lp")
    sink.write(b"b x=2 2\n")
    sink.close()
    assert path.read_bytes() == HEAD + b"b x=2 2\n"
    assert (tmp_path / "old.lp").read_bytes() == HEAD + b"a x=1 1\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status, headers, answer = (
            self.server.script.pop(0) if self.server.script else (204, {}, b"")
        )
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


@contextmanager
def serving(*script, port=0):
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.got, server.script, server.daemon_threads = [], list(script), True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def sink_of(port, secret=None, query="db=meters"):
    return HttpSink(address_of(f"http://127.0.0.1:{port}?{query}"), secret)


def test_lines_are_posted_with_the_token():
    with serving() as server:
        sink = sink_of(server.server_port, "t0ken", "org=home&bucket=meters")
        sink.write(b"a x=1 1\n")
        sink.write(b"b x=2 2\n")
        sink.close()
        (path, headers, body), (_, _, second) = server.got
    assert path == "/api/v2/write?org=home&bucket=meters"
    assert (body, second) == (b"a x=1 1\n", b"b x=2 2\n")
    headers = {name.lower(): value for name, value in headers.items()}
    assert headers["authorization"] == "Token t0ken"
    assert headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, b'{"error":"unable to parse"}', "unable to parse"),
        (422, b'{"message": "field type conflict"}', "field type conflict"),
        (400, b"\x1b[31mnot JSON\n", r"\\x1b\[31mnot JSON"),
    ],
)
def test_what_is_refused_for_good(status, body, said):
    with serving((status, {}, body)) as server:
        sink = sink_of(server.server_port)
        with pytest.raises(RefusedError, match=said):
            sink.write(b"a x=1 1\n")
        sink.write(b"b x=1 1\n")
        sink.close()


@pytest.mark.parametrize("status", [301, 401, 404, 429, 500, 503])
def test_what_may_work_later(status):
    with serving((status, {"Retry-After": "7"}, b"later")) as server:
        sink = sink_of(server.server_port)
        with pytest.raises(UnreachableError, match=str(status)) as found:
            sink.write(b"a x=1 1\n")
        assert (found.value.pause, found.value.smaller) == (7.0, False)
        sink.close()


def test_what_is_too_large():
    with serving((413, {}, b"")) as server:
        sink = sink_of(server.server_port)
        with pytest.raises(UnreachableError) as found:
            sink.write(b"a x=1 1\n")
        assert found.value.smaller
        sink.close()


def test_an_answer_without_an_end_is_not_read():
    with serving((503, {}, b"x" * 1_000_000)) as server:
        sink = sink_of(server.server_port)
        with pytest.raises(UnreachableError) as found:
            sink.write(b"a x=1 1\n")
        assert len(str(found.value)) < 300
        sink.write(b"a x=1 1\n")
        sink.close()


def test_a_server_that_comes_back():
    port = free_port()
    sink = sink_of(port)
    with pytest.raises(UnreachableError, match="refused"):
        sink.write(b"a x=1 1\n")
    with serving(port=port) as server:
        sink.write(b"a x=1 1\n")
        assert len(server.got) == 1
    sink.close()


def test_a_name_that_nobody_knows():
    sink = HttpSink(address_of("http://nobody.invalid?db=x"), None)
    with pytest.raises(UnreachableError, match="not known"):
        sink.write(b"a x=1 1\n")
