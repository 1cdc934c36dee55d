"""Inputs of the fuzzing targets as files."""

from __future__ import annotations

from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "data" / "fuzz"
NAMES = {"comtrade": "a.cff", "capture": "a.pcap", "wav": "a.wav"}
SEPARATOR = b"%%DAT%%\n"
"""Between the .cfg and the .dat of one input."""


def written(target: str, content: bytes, folder: Path) -> Path:
    """Write an input as the file or files that it stands for; the path to open."""
    path = folder / NAMES[target]
    if target == "comtrade" and SEPARATOR in content:
        content, _, data = content.partition(SEPARATOR)
        path = folder / "a.cfg"
        path.with_suffix(".dat").write_bytes(data)
    path.write_bytes(content)
    return path
