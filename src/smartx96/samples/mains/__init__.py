"""Mains: the built-in supply, a low-voltage feeder over the day."""

from smartx96.samples.mains.supply import EPOCH, START, Mains, mains

__all__ = ["EPOCH", "START", "Mains", "mains"]
