"""`x96 bench`: speed of the measuring engine on this machine."""

from __future__ import annotations

import json

import click

from smartx96.commands.options import Positive

_ROWS = (
    ("batch", "engine, batch (blocks of 10 s)"),
    ("live_200ms", "engine, live (blocks of 200 ms)"),
    ("numpy_script", "plain NumPy script (zero crossings, rfft per window)"),
)


@click.command("bench")
@click.option("--seconds", type=Positive(min=2), default=60.0, show_default=True,
              help="Length of the signal.")  # fmt: skip
@click.option("--rounds", type=click.IntRange(min=1, max=100), default=5, show_default=True,
              help="Runs of each; medians are printed.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
def command(seconds: float, rounds: int, as_json: bool) -> None:
    """Measure the engine: six channels, 12.8 kS/s, every quantity, harmonics to the 63rd, tracking
    included; CPU time of one core, against a plain NumPy script in the same run.

    \b
    x96 bench
    x96 bench --seconds 20 --json
    """
    from smartx96.installation.speed import bench

    found = bench(seconds, rounds)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    machine = found["machine"]
    loops = "compiled loops" if machine["compiled_loops"] else "loops of NumPy"
    click.echo(
        f"{machine['processor']}, Python {machine['python']}, NumPy {machine['numpy']}, {loops}"
    )
    for name, text in _ROWS:
        speed = found["times_real_time"][name]
        click.echo(
            f"{speed['median']:7.0f} x real time ({speed['min']:.0f} to {speed['max']:.0f})  {text}"
        )
    click.echo(f"engine, batch, over the script: {found['batch_over_numpy_script']:.2f}")
