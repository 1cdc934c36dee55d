"""Build a release: sdist, wheel, software bill of materials and check sums, all checked.

`release.py FOLDER` is run by the interpreter of build/release/tools, which `make release` makes.
What lies in FOLDER afterwards depends only on the files of the tree and on SOURCE_DATE_EPOCH, by
default the time of the last commit. Nothing is put there before everything has passed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(sys.prefix) / "bin"
WHEELS = Path(sys.prefix).parent / "wheels"
LOCK = ROOT / "requirements" / "run.txt"
EXECUTABLE = 0o100


def main(arguments: list[str]) -> int:
    """Build into the folder that is given."""
    if len(arguments) != 1:
        return _say("usage: release.py FOLDER")
    # What is unpacked on the way to the wheel has permissions by it, and the wheel then too.
    os.umask(0o022)
    environment = os.environ | {"SOURCE_DATE_EPOCH": _moment(), "PYTHONHASHSEED": "0"}
    if _git("status", "--porcelain"):
        _say("note: the tree has changes that are not committed; they are in this release")
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        try:
            _release(Path(folder), environment, Path(arguments[0]))
        except subprocess.CalledProcessError as error:
            return _say(f"failed: {' '.join(map(str, error.cmd))}\n{error.output or ''}")
    return 0


def _release(folder: Path, environment: dict[str, str], output: Path) -> None:
    built = folder / "built"
    tree = _copied(folder / "tree")
    _run(
        TOOLS / "python", "-m", "build", "--no-isolation", "--outdir", built, tree, env=environment
    )
    (sdist,), (wheel,) = built.glob("*.tar.gz"), built.glob("*.whl")
    wheel = _portable(wheel, environment)
    _normalise(sdist, int(environment["SOURCE_DATE_EPOCH"]))
    _run(TOOLS / "twine", "check", "--strict", sdist, wheel)
    python = _installed(folder / "installed", built)
    _try(python, folder)
    _describe(python, built)
    _sum(built)
    output.mkdir(parents=True, exist_ok=True)
    for file in sorted(built.iterdir()):
        shutil.copyfile(file, output / file.name)
        sys.stdout.write(f"{output / file.name}\n")


def _moment() -> str:
    """SOURCE_DATE_EPOCH, or the time of the last commit [s since 1970]."""
    return os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct").strip()


def _copied(tree: Path) -> Path:
    """The files that git has or would take, and no others; with permissions of no umask."""
    for name in _files():
        copy = tree / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy)
        copy.chmod(_mode((ROOT / name).stat().st_mode))
    return tree


def _files() -> Iterator[str]:
    names = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return (name for name in sorted(set(names)) if name and (ROOT / name).is_file())


def _mode(mode: int) -> int:
    return 0o755 if mode & EXECUTABLE else 0o644


def _portable(wheel: Path, environment: dict[str, str]) -> Path:
    """The wheel under the name of all systems that its compiled loops run on, as PyPI takes it."""
    with zipfile.ZipFile(wheel) as archive:
        if not any("/_loops." in name and name.endswith(".so") for name in archive.namelist()):
            raise subprocess.CalledProcessError(
                1, ["build"], "the wheel has no compiled loops: a C compiler is needed"
            )
    path = f"{TOOLS}{os.pathsep}{environment['PATH']}"
    _run(
        TOOLS / "python", "-m", "auditwheel", "repair", "--wheel-dir", wheel.parent, wheel,
        env=environment | {"PATH": path},
    )  # fmt: skip
    wheel.unlink()
    (portable,) = wheel.parent.glob("*.whl")
    return portable


def _normalise(sdist: Path, moment: int) -> None:
    """Write an archive again, with the tree's time, no owner, in the order of names.

    The wheel needs none of it: setuptools keeps to SOURCE_DATE_EPOCH there.
    """
    with tarfile.open(sdist) as archive:
        found = [
            (member, archive.extractfile(member))
            for member in sorted(archive.getmembers(), key=lambda member: member.name)
            if member.isfile()
        ]
        written = sdist.with_suffix(".new")
        with (
            written.open("wb") as file,
            gzip.GzipFile("", "wb", 9, file, moment) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as target,
        ):
            for member, content in found:
                plain = tarfile.TarInfo(member.name)
                plain.size, plain.mtime, plain.mode = member.size, moment, _mode(member.mode)
                target.addfile(plain, content)
    written.replace(sdist)


def _installed(folder: Path, built: Path) -> Path:
    """The wheel in an environment of its own, with the versions of the lock, without network."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    # By name: an installation by path is remembered, and the path would be told as its source.
    _run(
        python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index",
        "--find-links", built, "--find-links", WHEELS, "--only-binary", ":all:",
        "--constraint", LOCK, f"smartx96=={_version()}",
    )  # fmt: skip
    _run(python, "-m", "pip", "check")
    _run(python, "-m", "pip", "uninstall", "--quiet", "--yes", "pip", "setuptools")
    return python


def _try(python: Path, folder: Path) -> None:
    """What a new user does first, where there is nothing of the project but what is installed."""
    x96 = python.parent / "x96"
    told = _run(x96, "--version", cwd=folder)
    if told.split()[-1] != _version():
        raise subprocess.CalledProcessError(1, [x96, "--version"], told)
    _run(
        x96, "run", "--state", "off", "--tcp", "off", "--web", "off",
        "--speed", "max", "--for", "2", cwd=folder,
    )  # fmt: skip
    _run(x96, "registers", "--json", cwd=folder)


def _describe(python: Path, built: Path) -> None:
    """The bill of materials of what is installed (CycloneDX 1.6)."""
    _run(
        TOOLS / "cyclonedx-py", "environment", "--pyproject", ROOT / "pyproject.toml",
        "--mc-type", "application", "--spec-version", "1.6", "--output-format", "JSON",
        "--output-reproducible", "--validate",
        "--output-file", built / f"smartx96-{_version()}.cdx.json", python,
    )  # fmt: skip


def _sum(built: Path) -> None:
    """Check sums, for `sha256sum --check`."""
    sums = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(built.iterdir())
    ]
    (built / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _version() -> str:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(declared["project"]["version"])


def _git(*arguments: str) -> str:
    return _run("git", "--no-optional-locks", "-C", ROOT, *arguments)


def _run(*command: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """What a command prints; all that it says is in the error where it fails."""
    return subprocess.run(
        command, env=env, cwd=cwd, check=True, text=True, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ).stdout  # fmt: skip


def _say(line: str) -> int:
    sys.stderr.write(f"release: {line}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
