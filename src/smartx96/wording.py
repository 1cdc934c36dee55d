"""Wording: numbers of things as people say them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """A number of things, as `1 window` or `2 windows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
