"""Outcome: what a row says by itself, in one line, as soon as it is measured."""

from __future__ import annotations

from pathlib import Path

from smartx96.errors import ConfigurationError
from smartx96.typetest.check import Kind
from smartx96.typetest.external.external_test import Conditions
from smartx96.typetest.external.points_file import Row
from smartx96.typetest.external.records import ratios_of
from smartx96.typetest.external.set_points import Asked, SetPoint
from smartx96.typetest.external.trial_errors import compared
from smartx96.typetest.external.uncertainty import uncertainty
from smartx96.wording import counted


def outcome(path: Path, row: Row, point: SetPoint, conditions: Conditions) -> str:
    """The error with its expanded uncertainty and the limit of the error, if there is one.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    row : Row
        With something filled in.
    point : SetPoint
    conditions : Conditions
    """
    if row.asked is Asked.READINGS:
        return "measured"
    if row.asked is Asked.PULSES:
        pulses = row.filled.pulses
        return f"measured: {counted(round(sum(pulses)), 'pulse')}" if pulses else "measured"
    try:
        ratios = ratios_of(row, conditions.transformers)
        found = compared(path, row, point, ratios, conditions.constant)
    except ConfigurationError as error:
        return f"measured, but {error}"
    spread = uncertainty(found, conditions.reference.at(point.trial.point)).expanded
    limits = [c.limit for c in point.asked[row.asked] if c.kind is Kind.ERROR and c.limit]
    told = f"measured: {found.error:+.4f} % \u00b1 {spread:.4f} %"
    return f"{told} (limit \u00b1{min(limits):g} %)" if limits else told
