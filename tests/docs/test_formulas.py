"""The page of formulas tells of every quantity once, and of places that are in the program."""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from smartx96.quantities import BY_ID, LINES, PHASES, TARIFFS

PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/formulas.md"
ROW = re.compile(r"^\| (.+) \| (.+) \| (.+) \| `([\w.]+)` \|$", re.M)
PLACEHOLDERS = {"p": PHASES, "l": LINES, "t": TARIFFS, "k": ("active", "reactive"),
                "d": ("import", "export")}  # fmt: skip
CLAUSE = re.compile(r"own|(IEC \d+(-\d+)+|IEEE \d+-\d+)(, \d+(\.\d+)+)?")


def expanded(text: str) -> Iterator[str]:
    """Ids that a cell names."""
    for name in re.findall(r"`([\w{}]+)`", text):
        letters = re.findall(r"{(\w)}", name)
        for values in product(*(PLACEHOLDERS[letter] for letter in letters)):
            id = name
            for letter, value in zip(letters, values, strict=True):
                id = id.replace(f"{{{letter}}}", value, 1)
            yield id


def faults(page: str) -> list[str]:
    """What is wrong with a page of formulas."""
    rows = [match.groups() for match in ROW.finditer(page)]
    told = Counter(id for row in rows if "`" in row[0] for id in expanded(row[0]))
    found = [f"{id}: not told of" for id in BY_ID if id not in told]
    found += [f"{id}: no quantity" for id in told if id not in BY_ID]
    found += [f"{id}: told of {count} times" for id, count in told.items() if count > 1]
    found += [f"{row[2]}: no clause" for row in rows if not CLAUSE.fullmatch(row[2])]
    places = {row[3] for row in rows} | set(re.findall(r"`((?:metrology|meter)\.[\w.]+)`", page))
    found += [f"{place}: not there" for place in sorted(places) if not there(place)]
    return found


def there(place: str) -> bool:
    """Whether there is such a function, class or method."""
    names = place.split(".")
    for length in range(len(names) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(["smartx96", *names[:length]]))
        except ModuleNotFoundError:
            continue
        for name in names[length:]:
            found = getattr(found, name, None)
        return callable(found) or isinstance(found, property)
    return False


def test_every_quantity_has_its_formula_and_its_place() -> None:
    assert faults(PAGE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("| `frequency` |", "| `frequncy` |", "frequency: not told of"),
        ("| `frequency` |", "| `frequency`, `current_n` |", "current_n: told of 2 times"),
        ("`metrology.derived.rotation`", "`metrology.derived.rotated`",
         "metrology.derived.rotated: not there"),
        ("`meter.registers.quanta`", "`meter.registry.quanta`", "meter.registry.quanta: not there"),
        ("| IEC 62053-24 |", "| somewhere |", "somewhere: no clause"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_seen(old: str, new: str, fault: str) -> None:
    page = PAGE.read_text("utf-8")
    assert old in page
    assert fault in faults(page.replace(old, new))
