"""collectd's modbus plugin (libmodbus): one round of its reads, by `collectd -T`."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import assert_never

from clients.installed import unpacked
from clients.process import ClientError, run
from clients.steps import Read, Serial, Step, Target, Tcp

_CONFIGURATION = Path(__file__).parent / "drivers" / "collectd.conf"
_COMMANDS = {"input": "ReadInput", "holding": "ReadHolding"}
_TYPES = {"float32": "Float", "uint16": "Uint16", "uint32": "Uint32"}
_DATA = """\
  <Data "value-{n}">
    RegisterBase {address}
    RegisterType {type}
    RegisterCmd {command}
    Type gauge
    Instance "value-{n}"
  </Data>"""

_SHOWN = re.compile(r"/gauge-value-(\d+) .*:(\S+)$", re.M)

_TIMES = 3


def collectd(target: Target, unit: int, steps: Sequence[Step]) -> list[float]:
    """Read one value a step; the plugin never writes and knows 8N1 only."""
    reads = [step for step in steps if isinstance(step, Read) and step.count == 1]
    if len(reads) < len(steps):
        raise ClientError("collectd reads one value at a time and writes none")
    prefix = unpacked("collectd")
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "collectd.conf"
        configuration.write_text(
            Template(_CONFIGURATION.read_text("utf-8")).substitute(
                folder=folder,
                plugins=prefix / "usr/lib/collectd",
                types=prefix / "usr/share/collectd/types.db",
                data="\n".join(_data(n, read) for n, read in enumerate(reads)),
                line=_line(target),
                unit=unit,
                collect="\n".join(f'      Collect "value-{n}"' for n in range(len(reads))),
            ),
            "utf-8",
        )
        command = [str(prefix / "usr/sbin/collectd"), "-T", "-C", str(configuration)]
        # Told to read but once, it ends before its writers have written all there is.
        for _ in range(_TIMES):
            text = run("collectd", command)
            found = {int(n): float(v) for n, v in _SHOWN.findall(text)}
            if sorted(found) == list(range(len(reads))):
                return [found[n] for n in range(len(reads))]
    raise ClientError(f"collectd has shown {len(found)} of {len(reads)} values: {text}")


def _data(n: int, read: Read) -> str:
    return _DATA.format(
        n=n, address=read.address, type=_TYPES[read.kind], command=_COMMANDS[read.table]
    )


def _line(target: Target) -> str:
    match target:
        case Tcp(host=host, port=port):
            return f'    Address "{host}"\n    Port "{port}"'
        case Serial(device=device, speed=speed):
            return f'    Device "{device}"\n    Baudrate {speed}'
        case _:
            assert_never(target)
