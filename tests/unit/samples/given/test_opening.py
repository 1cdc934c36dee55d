"""Given values by their name, and files by which their broker is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartx96.errors import OptionError
from smartx96.samples.given.broker import Certificates
from smartx96.samples.sources import open_source

FILES = Certificates(Path("none.pem"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("values:mqtts://broker/grid", "values:mqtts: none.pem or its key: No such file"),
        ("values:mqtt://broker/grid", "values:mqtt: certificates are for mqtts://"),
        ("values:pipe", "--values-tls is for values:mqtts://, not for values:pipe"),
        ("values:", "--values-tls is for values:mqtts://, not for values:"),
        ("mains", "--values-tls are for given values, not for mains"),
    ],
)
def test_files_that_cannot_be_used(text, said):
    with pytest.raises(OptionError) as raised:
        open_source(text, live=True, values_tls=FILES)
    assert said in str(raised.value)
