"""Scrapes: what Prometheus and its relatives fetch, of every meter or of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from smartx96.web.asked import NO_METER, check_answers, truth
from smartx96.web.guard import RequestError
from smartx96.web.metrics import condition
from smartx96.web.metrics.exposed_meter import ExposedMeter
from smartx96.web.metrics.exposition import Form, end, head, wanted
from smartx96.web.metrics.names import FAMILIES
from smartx96.web.watched import WatchedMeter

_SLICE = 8
"""Meters whose lines are made at once: in between others have their turn."""

_ORDER = (*condition.FAMILIES, *FAMILIES)


class Scrapes:
    """Metrics of meters.

    Parameters
    ----------
    meters : mapping of str to WatchedMeter
        By name.
    """

    def __init__(self, meters: Mapping[str, WatchedMeter]) -> None:
        self._meters = {name: ExposedMeter(watched) for name, watched in meters.items()}
        self._heads = {form: {family: head(family, form) for family in _ORDER} for form in Form}

    async def response(self, request: Request) -> Response:
        """Metrics of every meter, or of the one that the query names, in the form that the client
        likes best.

        Raises
        ------
        RequestError
            There is no such meter; too many answers are on their way.
        """
        form = wanted(request.headers.get("accept", ""))
        check_answers(request)
        name = request.query_params.get("meter")
        if name is not None and name not in self._meters:
            raise RequestError(404, NO_METER)
        chosen = list(self._meters.values()) if name is None else [self._meters[name]]
        told = await self._told(chosen, form, harmonics=truth(request, "harmonics"))
        return Response(told.encode(), headers={"content-type": form.value, "vary": "accept"})

    async def _told(self, chosen: Sequence[ExposedMeter], form: Form, *, harmonics: bool) -> str:
        """All lines of a family stand together, whosever they are."""
        every = []
        for number, meter in enumerate(chosen, 1):
            every.append(meter.lines(harmonics=harmonics))
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        told: list[str] = []
        for family, heading in self._heads[form].items():
            lines = [lines[family] for lines in every if family in lines]
            if lines:
                told += (heading, *lines)
        return "".join((*told, end(form)))
