"""Working: jobs over HTTP: how far they are, what came of them, and their end."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartx96.web.asked import body_of, number
from smartx96.web.configure.jobs import Jobs
from smartx96.web.guard import RequestError

_MOST = 2**53


@dataclass(slots=True)
class Working:
    """Jobs, as the page sees them.

    Parameters
    ----------
    jobs : Jobs
    """

    jobs: Jobs

    def routes(self) -> list[Route]:
        """Where each is found."""
        return [
            Route("/api/jobs", self.list),
            Route("/api/jobs/{id}", self.job),
            Route("/api/jobs/{id}/file", self.file),
            Route("/api/jobs/{id}/stop", self.stop, methods=["POST"]),
        ]

    async def list(self, request: Request) -> Response:
        """All that are remembered."""
        return JSONResponse({"jobs": self.jobs.documents()})

    async def job(self, request: Request) -> Response:
        """One; with `after` as soon as there is something newer than that version."""
        job = self.jobs[request.path_params["id"]]
        await job.later_than(number(request, "after", -1, _MOST, 0))
        return JSONResponse(job.document())

    async def stop(self, request: Request) -> Response:
        """End one before it is done."""
        await body_of(request)
        return JSONResponse(self.jobs.stop(request.path_params["id"]).document())

    async def file(self, request: Request) -> Response:
        """The file that one has made, to be kept and never to be shown in place of the page."""
        file = self.jobs[request.path_params["id"]].file
        if file is None:
            raise RequestError(404, "this job has made no file")
        return attached(file.name, file.kind, file.body)


def attached(name: str, kind: str, body: bytes) -> Response:
    """A file that a browser saves."""
    said = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(body, media_type=kind, headers={"content-disposition": said})
