"""Markup of the pages: that of `smartx96.markup`, which the panel shares."""

from smartx96.markup import Content, Markup, element, joined, number

__all__ = ["Content", "Markup", "element", "joined", "number"]
