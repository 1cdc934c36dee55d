"""Starts a client and tells in one text what went wrong with it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

LIMIT = 40.0
"""Longest run of any client [s]; the slowest needs two."""


class ClientError(AssertionError):
    """A client did not get what it asked for: its name, how it ended, what it said."""


def run(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> str:
    """Standard output of a client that has ended well."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired as error:
        said = b"".join(part for part in (error.stdout, error.stderr) if part)
        raise ClientError(
            f"{name} had not ended after {limit:g} s; it said: {said.decode(errors='replace')}"
        ) from None
    if done.returncode != 0:
        raise ClientError(f"{name} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout
