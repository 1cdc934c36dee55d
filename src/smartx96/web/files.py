"""Files: what the pages are made of, read once and checked by their marks."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources

from starlette.requests import Request
from starlette.responses import Response

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
"""Media types by suffix; other files are not served."""

_FRESH = "no-cache"
"""Kept by the browser, and asked for again whether it has changed."""


@dataclass(frozen=True, slots=True)
class File:
    """Something that does not change while the program runs.

    Parameters
    ----------
    body : bytes
    kind : str
        Media type.
    mark : str
        Another one for another body (ETag, weak: however it is packed).
    packed : bytes
        The body by gzip.
    """

    body: bytes
    kind: str
    mark: str
    packed: bytes

    @classmethod
    def of(cls, body: bytes, kind: str) -> File:
        """A body with its mark."""
        mark = f'W/"{hashlib.sha256(body).hexdigest()[:16]}"'
        return cls(body, kind, mark, gzip.compress(body, mtime=0))

    def response(self, request: Request) -> Response:
        """The body, or that the browser has it."""
        headers = {"etag": self.mark, "cache-control": _FRESH, "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == self.mark:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            packed = headers | {"content-encoding": "gzip"}
            return Response(self.packed, media_type=self.kind, headers=packed)
        return Response(self.body, media_type=self.kind, headers=headers)


def static_files(folder: str = "") -> dict[str, File]:
    """Files beside this module that pages are made of, by name.

    Parameters
    ----------
    folder : str
        Of those that only some pages have; stands before their names, with a stroke.
    """
    found = {}
    for path in resources.files("smartx96.web").joinpath("static", folder).iterdir():
        kind = TYPES.get(f".{path.name.rpartition('.')[2]}")
        if kind is not None and path.is_file():
            name = f"{folder}/{path.name}" if folder else path.name
            found[name] = File.of(path.read_bytes(), kind)
    return found
