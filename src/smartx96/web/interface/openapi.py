"""OpenAPI: the interface described for programs, made of its operations (OpenAPI 3.1.0)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from smartx96.modbus.program import version
from smartx96.web.interface.operation import JSON, TAGS, Operation, Query
from smartx96.web.interface.operations import METER_QUERY, OPERATIONS
from smartx96.web.interface.schemas import SCHEMAS

_ABOUT = """Live readings, registers and history of SMART X96 meters. Everything that begins with
/api is JSON in UTF-8; times are UTC (ISO 8601), angles degrees, values in the units of their
quantities, null is not available. Later versions may add members to documents; they take none away
within a major version. What only reads changes nothing."""

_PATHS = {
    "id": "name of the meter",
    "panel": "a panel that was opened",
}

_REFUSALS = {
    400: "what was asked for cannot be understood, or is beyond its limits",
    401: "a token is needed, and there is none or a wrong one",
    403: "asked by a page of somebody else",
    404: "there is no such meter or panel",
    405: "another method is needed",
    408: "the body did not come",
    409: "the meter is not one to which this can be done",
    413: "the body is too long",
    415: "the body is to be JSON",
    421: "the server has another name",
    429: "too many wrong tokens",
    431: "the head of the request is too long",
    501: "a library is missing",
    503: "too much is under way, the meter has no supply, or it hangs",
}

_OF_ALL = (400, 401, 403, 404, 405, 421, 429, 431)
_OF_CHANGES = (408, 413, 415)


def document() -> dict[str, Any]:
    """The description, as plain data for JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        for path, described in _described(operation):
            paths.setdefault(path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SMART X96",
            "version": version(),
            "description": " ".join(_ABOUT.split()),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "where the page asks for one",
                }
            },
        },
    }


def _described(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    """An operation at each of its addresses."""
    names = re.findall(r"{(\w+)}", operation.path)
    own = [_parameter(Query(name, _PATHS[name], {"type": "string"}), "path") for name in names]
    asked = [_parameter(query, "query") for query in operation.queries]
    yield operation.path, _operation(operation, operation.id, [*own, *asked])
    if operation.short:
        short = [_parameter(METER_QUERY, "query"), *asked]
        yield operation.short, _operation(operation, f"{operation.id}_of_query", short)


def _operation(operation: Operation, id: str, parameters: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": id,
        "tags": [operation.tag],
        "summary": operation.text,
        "parameters": parameters,
        "responses": _responses(operation),
    }
    if operation.path == "/healthz":
        found["security"] = []
    if operation.body:
        content = {JSON: {"schema": _reference(operation.body)}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameter(query: Query, place: str) -> dict[str, Any]:
    return {
        "name": query.name,
        "in": place,
        "required": place == "path",
        "description": query.text,
        "schema": query.schema,
    }


def _responses(operation: Operation) -> dict[str, Any]:
    answered: dict[str, Any] = {"description": operation.text}
    if operation.status != 204:
        schema = _reference(operation.answer) if operation.answer else {}
        kinds = {kind: {"schema": schema} if schema else {} for kind in operation.kinds}
        answered["content"] = kinds
    changes = _OF_CHANGES if operation.method == "POST" else ()
    refusals = sorted((*_OF_ALL, *changes, *operation.refusals))
    error = {JSON: {"schema": _reference("Error")}}
    return {
        str(operation.status): answered,
        **{str(n): {"description": _REFUSALS[n], "content": error} for n in refusals},
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
