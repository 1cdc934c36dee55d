"""`x96 typetest`: the standards' accuracy tests on the meter, and their report."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smartx96.commands.external_options import external_options, is_external
from smartx96.commands.options import given_options
from smartx96.commands.progress import progress
from smartx96.commands.typetest_external import judged_points, write_list
from smartx96.errors import OptionError

if TYPE_CHECKING:
    from smartx96.typetest.external.external_test import ExternalTest
    from smartx96.typetest.plan.scope import Scope
    from smartx96.typetest.run import Progress
    from smartx96.typetest.type_test import TypeTest


@click.command("typetest")
@click.option("--class", "classes", multiple=True, metavar="0.5S|1|C|...",
              help="Accuracy class, or several: 0.2S, 0.5S, 1, A, B, C. "
              "[default: 0.5S, 1, C]")  # fmt: skip
@click.option("--clauses", multiple=True, metavar="NAME,...",
              help="Part of the tests: intrinsic, reactive, temperature, starting ...")  # fmt: skip
@click.option("--frontend", default="x96", show_default=True, metavar="PRESET|FILE.toml",
              help="Analogue inputs of the meter: x96, ideal, or a file of your own.")  # fmt: skip
@click.option("--wiring", "wirings", multiple=True,
              type=click.Choice(["3p4w", "3p3w", "1p2w"], case_sensitive=False),
              help="May be given several times. Otherwise all three.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Fewer currents, one wiring, In = 5 A.")
@click.option("--calibrate", is_flag=True,
              help="Calibrate the meter first; errors are told before and after.")  # fmt: skip
@click.option("--against", multiple=True, metavar="numpy|pqopen",
              help="Give the same points to a measuring engine of others, or several.")  # fmt: skip
@click.option("--datasheet", is_flag=True,
              help="Print the comparison with the datasheet as a Markdown table.")  # fmt: skip
@click.option("--jobs", type=int, metavar="N",
              help="Processes; otherwise one for each processor.")  # fmt: skip
@click.option("--seed", type=int, metavar="N", help="Of all noise.  [default: 96]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Write typetest.json, .html and .pdf there.")  # fmt: skip
@click.option("--no-pdf", is_flag=True, help="Write no PDF, which needs typst.")
@external_options
@click.pass_context
def command(
    context: click.Context, /,
    classes: tuple[str, ...], clauses: tuple[str, ...], frontend: str, wirings: tuple[str, ...],
    quick: bool, calibrate: bool, against: tuple[str, ...], datasheet: bool, jobs: int | None,
    seed: int | None, as_json: bool, output: Path | None, no_pdf: bool, **external: Any,
) -> int:  # fmt: skip
    """Test the meter against the accuracy requirements of IEC 62053-21, -22, -24 and the MID, and
    against its datasheet. The exit code is 0 where every limit is kept, 1 where one is not, or
    where points of --points were not measured.

    \b
    x96 typetest --quick
    x96 typetest --class 0.5S -o report
    x96 typetest --clauses intrinsic,temperature --wiring 3p4w --frontend mine.toml
    x96 typetest --quick --datasheet
    x96 typetest --frontend mine.toml --calibrate -o report
    x96 typetest --quick --against numpy,pqopen
    x96 typetest --quick --clauses intrinsic --list points.csv
    x96 typetest --quick --clauses intrinsic --points points.csv --meter tcp:192.168.1.20:502
    """
    if as_json and datasheet:
        raise OptionError("--json and --datasheet: give one of them")
    outside = is_external(external, given_options(context))
    from smartx96.frontend.front_end import PRESETS
    from smartx96.frontend.front_end_file import open_front_end
    from smartx96.report.typetest.folder import ReportFolder
    from smartx96.typetest.before_and_after import calibrated_type_test
    from smartx96.typetest.run import SEED
    from smartx96.typetest.type_test import type_test

    scope = _scope(classes, clauses, wirings, quick, datasheet)
    if external["listed"] is not None:
        write_list(scope, external)
        return 0
    front_end = open_front_end(frontend.lower() if frontend.lower() in PRESETS else frontend)
    with contextlib.ExitStack() as stack:
        folder = None
        if output is not None:
            folder = stack.enter_context(ReportFolder(output, pdf=not no_pdf))
        advance = None if as_json or outside else stack.enter_context(_advance(scope))
        found: ExternalTest | TypeTest
        if outside:
            found = judged_points(scope, external)
        else:
            found = (calibrated_type_test if calibrate else type_test)(
                scope, front_end, seed=SEED if seed is None else seed, progress=advance,
                jobs=(os.cpu_count() or 1) if jobs is None else jobs, against=_names(against),
            )  # fmt: skip
            if frontend.lower() not in PRESETS:
                found = replace(found, front_end_file=Path(frontend).name)
        text = found.json()
        written = [] if folder is None else folder.write(text, _settings_file(text))
    _show(text, written, as_json=as_json, datasheet=datasheet)
    return 0 if found.passed and found.complete else 1


def _scope(classes: tuple[str, ...], clauses: tuple[str, ...], wirings: tuple[str, ...],
           quick: bool, datasheet: bool) -> Scope:  # fmt: skip
    """The part of the plan that the options name, which holds something."""
    from smartx96.models import Wiring
    from smartx96.typetest.plan.plan import planned
    from smartx96.typetest.plan.scope import Scope

    chosen = {
        "classes": _classes(classes),
        "clauses": tuple(name.lower() for name in _names(clauses)),
        "wirings": tuple(dict.fromkeys(map(Wiring, wirings))),
    }
    scope = Scope(**{name: value for name, value in chosen.items() if value})  # type: ignore[arg-type]
    scope = scope.quick() if quick else scope
    if datasheet and "datasheet" not in scope.clauses:
        raise OptionError("--datasheet: its lines are the clause `datasheet`: add it to --clauses")
    checks = planned(scope).checks
    if checks and scope.clauses != ("half-wave",) and all(c.limit is None for c in checks):
        raise OptionError(
            f"nothing to test: class {', '.join(scope.classes)} has no limit of "
            f"{', '.join(scope.clauses)}"
        )
    if not checks:
        raise OptionError(
            f"nothing to test: class {', '.join(scope.classes)} has no {', '.join(scope.clauses)} "
            f"in {', '.join(map(str, scope.wirings))}"
        )
    return scope


def _classes(given: tuple[str, ...]) -> tuple[str, ...]:
    """Classes as the standards write them, however they are typed."""
    from smartx96.typetest.limits import limits

    for text in given:
        if text.startswith("0,"):
            raise OptionError(f"class {text}: write {text.replace(',', '.', 1).upper()}")
    known = {row.accuracy_class.casefold(): row.accuracy_class for row in limits()}
    return tuple(dict.fromkeys(known.get(name.casefold(), name) for name in _names(given)))


def _names(given: tuple[str, ...]) -> tuple[str, ...]:
    """Names of repeated options and of lists with commas, each once."""
    parts = (name.strip() for text in given for name in text.split(","))
    return tuple(dict.fromkeys(parts))


@contextlib.contextmanager
def _advance(scope: Scope) -> Iterator[Progress | None]:
    """A progress bar over the seconds of signal."""
    from smartx96.typetest.plan.plan import planned

    whole = sum(trial.seconds for trial in planned(scope).trials)
    with progress("testing", whole, patience=0.0) as bar:
        if bar is not None:
            # The first lot may take a minute.
            bar(0.0)
        try:
            yield None if bar is None else (lambda done, of: bar(done / of * whole))
        except KeyboardInterrupt:
            click.echo("stopped; nothing was written", err=True)
            raise


def _settings_file(text: str) -> dict[str, str]:
    """Of a calibration the settings, as `x96 run --settings` takes them."""
    import json

    from smartx96.configuration.settings_file import settings_text
    from smartx96.report.typetest.folder import CALIBRATION
    from smartx96.settings import Group, Settings

    found = json.loads(text).get("calibration")
    if found is None:
        return {}
    return {CALIBRATION: settings_text(Settings(found["settings"]), [Group.CALIBRATION])}


def _show(text: str, written: list[Path], *, as_json: bool, datasheet: bool) -> None:
    if as_json:
        click.echo(text, nl=False)
        return
    import json

    from smartx96.commands import typetest_summary as summary

    document = json.loads(text)
    if datasheet:
        click.echo(summary.markdown(document), nl=False)
        return
    summary.show(document)
    for path in written:
        click.echo(f"written: {path}")
