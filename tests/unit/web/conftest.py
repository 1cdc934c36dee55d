"""A simulated meter with its pages."""

from __future__ import annotations

import pytest

import smartx96
from support.pages import pages


@pytest.fixture
def meter():
    with smartx96.simulate(voltage=230, current=5, phase_angle=30, tcp=False) as made:
        yield made


@pytest.fixture
def served(meter):
    with pages(meter) as found:
        yield found


@pytest.fixture
def client(served):
    with served.client() as found:
        yield found
