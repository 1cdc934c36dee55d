"""Files of readings that are interrupted."""

import pytest

from smartx96.errors import OptionError
from smartx96.tables.writers import FORMATS, ReadingsFile


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(("error", "raised"), [
    (KeyboardInterrupt, KeyboardInterrupt), (OSError(28, "No space left"), OptionError),
])  # fmt: skip
def test_one_that_is_interrupted_as_it_begins_leaves_nothing(
    tmp_path, monkeypatch, suffix, error, raised
):
    def begin(self, file):
        raise error

    monkeypatch.setattr(FORMATS[suffix], "begin", begin)
    with pytest.raises(raised), ReadingsFile(tmp_path / f"rows{suffix}"):
        pass
    assert not list(tmp_path.iterdir())
