"""Operation: something that is asked for over HTTP: where, with what, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from smartx96.web.watched import Topic

Schema = dict[str, Any]
"""JSON schema (2020-12), as OpenAPI 3.1 has it."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Query:
    """Something that the query of an address may say.

    Parameters
    ----------
    name, text : str
    schema : dict
        With its default, where there is one.
    """

    name: str
    text: str
    schema: Schema


TAGS = {
    "program": "the program, and all its meters",
    "meter": "one meter: what it is and how it stands",
    "measured": "what it measures: readings, waveforms, energies",
    "history": "what was: trend, load profile, event log",
    "stream": "what changes, as it changes",
    "panel": "the front panel",
}
"""Groups of operations, with what is said of them."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Parameters
    ----------
    name : str
        Of the method of `Resources` that answers.
    path : str
        With what differs in braces.
    text : str
        What it gives.
    tag : str
        One of `TAGS`.
    answer : str
        Schema of its document, by name; empty where there is none.
    short : str
        Another address for it, at which the meter stands in the query, or is the only one.
    topic : Topic or None
        Of which it gives the newest state.
    method : str
    queries : tuple of Query
    body : str
        Schema of what it takes, by name.
    kinds : tuple of str
        Media types of its answer.
    status : int
        Where it succeeds.
    refusals : tuple of int
        Statuses beside those that every request may get.
    known_as : str
        By which programs that are made of the description know it, where it does not get what its
        topic or method is called.
    """

    name: str
    path: str
    text: str
    tag: str
    answer: str = ""
    short: str = ""
    topic: Topic | None = None
    method: str = "GET"
    queries: tuple[Query, ...] = ()
    body: str = ""
    kinds: tuple[str, ...] = (JSON,)
    status: int = 200
    refusals: tuple[int, ...] = ()
    known_as: str = ""

    @property
    def id(self) -> str:
        """By which programs that are made of the description know it."""
        return self.known_as or f"get_{self.topic or self.name}"
