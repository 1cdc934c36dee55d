from smartx96.wording import counted


def test_one_is_no_plural():
    assert [counted(n, "gap") for n in (0, 1, 2)] == ["0 gaps", "1 gap", "2 gaps"]
