"""A type test's report, straight from its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smartx96.report import contents_page
from smartx96.report import typeset as typesetting
from smartx96.report.typetest.sections import contents


def page(document: Mapping[str, Any]) -> str:
    return contents_page.page(contents(document))


def typeset(document: Mapping[str, Any]) -> bytes:
    return typesetting.typeset(contents(document))
