"""OPERATIONS: everything that programs can ask for; routes and the description are made of it."""

from __future__ import annotations

from smartx96.modbus.registers import Space
from smartx96.web.asked import TOPICS
from smartx96.web.history import LONGEST
from smartx96.web.interface.operation import Operation, Query
from smartx96.web.interface.schemas import TEXT, TRUTH, one_of
from smartx96.web.metrics.exposition import Form
from smartx96.web.panels import PANEL
from smartx96.web.watched import Topic

METER = "/api/meters/{id}"

MOST_EVENTS = 500
"""Entries of the event log that are given at once."""

USUAL_TOPICS = f"{PANEL},{Topic.METER}"
"""Of a stream that is asked for at the meter, as the page does."""

USUAL_NEWS = f"{Topic.METER},{Topic.READINGS},{Topic.ENERGIES},{Topic.EVENTS}"
"""Of one that a program asks for."""

METER_QUERY = Query("meter", "name of the meter; may be left out where there is one", TEXT)

_PAGE = Query("page", "name of a page, or of anything else of `screens`", TEXT)
_SVG, _PNG, _STREAM = "image/svg+xml", "image/png", "text/event-stream"
_TOPICS = Query("topics", f"some of {', '.join(TOPICS)}, with commas between", TEXT)
_PANEL_NAME = Query("panel", "a panel that was opened, for the topic `panel`", TEXT)


def _whole(least: int, most: int, usual: int | None = None) -> dict[str, object]:
    found: dict[str, object] = {"type": "integer", "minimum": least, "maximum": most}
    return found if usual is None else found | {"default": usual}


_ONCE = {
    Topic.READINGS: "every instantaneous quantity of the last window",
    Topic.PHASORS: "fundamentals of voltages and currents",
    Topic.SPECTRUM: "harmonics of order 1 to 63 of every channel in % of the fundamental, and THD",
    Topic.WAVEFORMS: "one cycle of every channel",
    Topic.ENERGIES: "every energy register in kWh, kvarh, kVAh, Ah",
    Topic.DEMAND: "demands, their maxima and when those were",
    Topic.PULSES: "counts of the pulse outputs, and their newest pulses",
    Topic.WIRING: "what the wiring check finds",
    Topic.TRAFFIC: "who reads the meter over Modbus",
}
"""Topics whose newest state is asked for once, at their own names."""

_SHORT = {topic: f"/api/{topic}" for topic in _ONCE} | {Topic.SPECTRUM: "/api/harmonics"}

OPERATIONS: tuple[Operation, ...] = (
    Operation("health", "/healthz", "whether every meter goes on; needs no token", "program",
              "Health", refusals=(503,)),
    Operation(
        "metrics", "/metrics", "every meter as Prometheus reads it, in base units", "program",
        queries=(
            Query("meter", "name of a meter; every meter without", TEXT),
            Query("harmonics", "whether those with a series for each order are wanted",
                  TRUTH | {"default": False}),
        ),
        kinds=tuple(form.value for form in Form), refusals=(503,),
    ),
    Operation("description", "/openapi.json", "this description", "program"),
    Operation("list", "/api/meters", "every meter", "program", "Meters", known_as="list_meters"),
    Operation("meter", METER, "one meter, its quantities, pages and screens", "meter", "Meter",
              short="/api/meter"),
    Operation("condition", f"{METER}/condition", "clock, status, flags, tariff and input",
              "meter", "Condition", short="/api/condition"),
    *(Operation("topic", f"{METER}/{topic}", text, "measured", topic.capitalize(), _SHORT[topic],
                topic) for topic, text in _ONCE.items()),
    Operation(
        "registers", f"{METER}/registers", "Modbus registers as a client reads them now: words and "
        "values; without the tables of the tariff calendar", "measured", "Registers",
        short="/api/registers",
        queries=(
            Query("space", "of one address space only", one_of(Space)),
            Query("ids", "some ids only, with commas between", TEXT),
        ),
        refusals=(503,),
    ),
    Operation("trend", f"{METER}/trend", "readings of the last hour, every 10 s", "history",
              "Trend", short="/api/trend"),
    Operation(
        "profile", f"{METER}/profile", "rows of the load profile, the oldest first", "history",
        "Profile", short="/api/profile", refusals=(503,),
        queries=(Query("hours", "how far back", _whole(1, LONGEST, 24)),),
    ),
    Operation(
        "log", f"{METER}/log", "event log, the newest first", "history", "Log", short="/api/log",
        queries=(
            Query("before", "entries with lower numbers only", _whole(1, 1 << 53)),
            Query("limit", "how many", _whole(1, MOST_EVENTS, 50)),
        ),
    ),
    Operation(
        "events", f"{METER}/events", "server-sent events: the newest state of topics, as it "
        "changes", "stream", kinds=(_STREAM,),
        queries=(Query(_TOPICS.name, _TOPICS.text, TEXT | {"default": USUAL_TOPICS}), _PANEL_NAME),
        refusals=(503,), known_as="stream_meter_events",
    ),
    Operation(
        "news", "/events", "server-sent events: the newest state of topics, as it changes",
        "stream", kinds=(_STREAM,), refusals=(503,), known_as="stream_events",
        queries=(METER_QUERY, Query(_TOPICS.name, _TOPICS.text, TEXT | {"default": USUAL_NEWS})),
    ),
    Operation("still", f"{METER}/{PANEL}", "a page of the panel as it stands", "panel", "Screen",
              queries=(_PAGE,), short=f"/api/{PANEL}", known_as="get_panel"),
    Operation("face", f"{METER}/face.svg", "the face, or a page as it stands", "panel",
              queries=(_PAGE,), kinds=(_SVG,), short="/api/face.svg"),
    Operation(
        "picture", f"{METER}/face.png", "a page as it stands; needs the extra `pictures`",
        "panel",
        queries=(_PAGE, Query("width", "in pixels", _whole(48, 1920, 480))), kinds=(_PNG,),
        short="/api/face.png", refusals=(501,),
    ),
    Operation("values", f"{METER}/values", "values that a meter is to take in place of samples; it "
              "runs on `--source values:`", "meter", "Taken", method="POST", body="Values",
              status=202, refusals=(409,), known_as="give_values"),
    Operation("open_panel", f"{METER}/panels", "opens a panel of the asker's own", "panel",
              "Panel", method="POST", body="Nothing", status=201, refusals=(503,),
              known_as="open_panel"),
    Operation("key", "/api/panels/{panel}/keys", "a key of a panel; what it shows then", "panel",
              "Screen", method="POST", body="KeyAction", known_as="press_key"),
    Operation("close_panel", "/api/panels/{panel}/close", "a panel is needed no longer", "panel",
              method="POST", body="Nothing", status=204, known_as="close_panel"),
)  # fmt: skip
