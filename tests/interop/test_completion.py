"""`x96 completion`, sourced by the shells themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.running import X96

pytestmark = pytest.mark.interop

BASH = """
eval "$(x96 completion bash)"
COMP_WORDS=({words})
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
complete=$(complete -p x96 | grep -o -- '-F [^ ]*' | cut -c4-)
$complete x96
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
autoload -Uz compinit && compinit -u -d "$HOME/.zcompdump"
eval "$(x96 completion zsh)"
print -r -- "${_comps[x96]}"
"""


def run(shell, script, tmp_path):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    found = subprocess.run([*shell, "-c", script], env=environment, cwd=tmp_path, timeout=60,
                           capture_output=True, text=True, check=False)  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert not found.stderr
    return found.stdout.split()


def completed(words, tmp_path):
    """What bash offers for the last of the words."""
    return run(["bash", "--norc"], BASH.format(words=words), tmp_path)


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
def test_bash(tmp_path):
    assert completed("x96 co", tmp_path) == ["convert", "commission", "configure", "config",
                                             "completion"]  # fmt: skip
    assert "--unverified" in completed("x96 show --un", tmp_path)
    assert completed("x96 tariffs pu", tmp_path) == ["pull", "push"]
    assert completed("x96 reset d", tmp_path) == ["demand"]
    assert completed("x96 completion z", tmp_path) == ["zsh"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")
def test_zsh(tmp_path):
    assert run(["zsh", "-f"], ZSH, tmp_path) == ["_x96_completion"]


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here")
def test_fish(tmp_path):
    script = "x96 completion fish | source; complete -C 'x96 completion z'"
    assert run(["fish", "--no-config"], script, tmp_path)[:1] == ["zsh"]


SIGNS = {"bash": "complete -o nosort -F", "zsh": "#compdef x96", "fish": "complete --no-files"}


@pytest.mark.parametrize("shell", SIGNS)
def test_every_shell_has_a_script(shell):
    said = subprocess.run([*X96, "completion", shell], capture_output=True, text=True, check=True)
    assert SIGNS[shell] in said.stdout
    assert "_X96_COMPLETE" in said.stdout
