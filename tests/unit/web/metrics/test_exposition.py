"""The forms of metrics, read by Prometheus's own parsers."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus

from smartx96.web.metrics.exposition import Form, end, head, heading, wanted
from smartx96.web.metrics.family import Family, Type

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form.PROMETHEUS),
        ("*/*", Form.PROMETHEUS),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Form.PROMETHEUS),
        (PROMETHEUS_2, Form.OPENMETRICS),
        ("application/openmetrics-text", Form.OPENMETRICS),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", Form.OPENMETRICS),
        ("text/plain;version=0.0.4;q=0.6,application/openmetrics-text;q=0.5", Form.PROMETHEUS),
        ("application/openmetrics-text;version=9.0.0,text/plain;q=0.1", Form.PROMETHEUS),
        ("application/openmetrics-text;q=0", Form.PROMETHEUS),
        ("application/openmetrics-text;q=much", Form.PROMETHEUS),
        ("application/openmetrics-text;q=nan", Form.PROMETHEUS),
        (",;,=;q=", Form.PROMETHEUS),
    ],
)
def test_the_form_that_a_client_likes_best(accept, form):
    assert wanted(accept) is form


HOSTILE = 'a "name"\\ with\nall'


@pytest.mark.parametrize(("form", "parse"), [(Form.PROMETHEUS, prometheus),
                                             (Form.OPENMETRICS, openmetrics)])  # fmt: skip
@pytest.mark.parametrize("type", Type)
def test_what_is_written_is_read(form, parse, type):
    family = Family("thing", type, "" if type is Type.INFO else "volts", f"text of {HOSTILE}")
    value = 1.0 if type is Type.INFO else 230.5
    text = head(family, form) + heading(family, {"meter": HOSTILE}) + f"{value}\n" + end(form)
    (found,) = parse(text)
    assert found.documentation == family.text
    (sample,) = found.samples
    assert (sample.name, sample.value) == (family.sample, value)
    assert sample.labels == {"meter": HOSTILE}
    if form is Form.OPENMETRICS:
        assert (found.name, found.type, found.unit) == (family.name, str(type), family.unit)
