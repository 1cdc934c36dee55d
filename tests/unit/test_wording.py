import pytest

from smartx96.wording import as_keywords, counted


def test_one_is_no_plural():
    assert [counted(n, "gap") for n in (0, 1, 2)] == ["0 gaps", "1 gap", "2 gaps"]


@pytest.mark.parametrize(("option", "keyword"), [
    ("no rate; give --rate HZ", "no rate; give rate=HZ"),
    ("--from 3: ends", "start=3: ends"),
    ("say with --side what", "say with side what"),
    ("such as --channels v1=1,i1=2", 'such as channels={"v1": "1", "i1": "2"}'),
    ("--channels v1=Ua: no channel", 'channels={"v1": "Ua"}: no channel'),
    ("--channels v1=A,...; found", 'channels={"v1": "A", ...}; found'),
    ("full scale: --scale v=500,i=20", 'full scale: scale={"v": 500, "i": 20}'),
    ("--stream or --rate-limit", "--stream or --rate-limit"),
])  # fmt: skip
def test_options_have_keywords_in_python(option: str, keyword: str) -> None:
    assert as_keywords(option) == keyword
