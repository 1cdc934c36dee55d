"""The files of `packaging/`, checked by the programs that they are for, where those are here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from smartx96.commands.main import COMMANDS
from smartx96.installation.live import PATIENCE
from support.ports import free_port
from support.running import X96

pytestmark = pytest.mark.interop

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
UNITS = ("x96.service", "x96@.service")
CONTAINER = PACKAGING / "container"
MOST_EXPOSED = 2.0
"""Of `systemd-analyze security`: 0 to 10, up to 2 is what it calls OK at its best."""


def program(name):
    """A program of this environment or of the system."""
    found = shutil.which(
        name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if found is None:
        pytest.skip(f"no {name} here")
    return found


def output(*arguments, code=0):
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def units(tmp_path):
    """The units with a program that is here."""
    for name in UNITS:
        text = (PACKAGING / "systemd" / name).read_text()
        assert "ExecStart=/opt/x96/bin/x96 " in text
        (tmp_path / name).write_text(text.replace("/opt/x96/bin/x96", sys.executable))
    return tmp_path


def test_the_services_file_runs_and_writes_nothing_beside_itself(tmp_path):
    """Its folder is root's: what is written lies with the state."""
    folder, state = tmp_path / "etc", tmp_path / "state"
    folder.mkdir()
    text = (PACKAGING / "systemd" / "installation.toml").read_text()
    (folder / "installation.toml").write_text(text.replace("0.0.0.0:502", "127.0.0.1:0"))
    told = output(*X96, "run", str(folder / "installation.toml"), "--state", str(state),
                  "--web", "off", "--for", "1")  # fmt: skip
    assert "SMART X96, heating" in told
    assert [path.name for path in folder.iterdir()] == ["installation.toml"]
    assert any(state.iterdir())


def test_systemd_takes_the_units(units):
    verify = (program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no")
    assert output(*verify, str(units / "x96.service")) == ""
    instance = units / "x96@cellar.service"
    instance.symlink_to(units / "x96@.service")
    assert output(*verify, str(instance)) == ""
    # It does find what it does not know.
    (units / "bad.service").write_text("[Service]\nExecStart=/bin/true\nWatchdogSeconds=3\n")
    assert "WatchdogSeconds" in output(*verify, str(units / "bad.service"), code=1)


@pytest.mark.parametrize("name", UNITS)
def test_the_units_are_confined(units, name):
    limit = str(int(MOST_EXPOSED * 10))
    said = output(program("systemd-analyze"), "security", "--offline=yes", "--no-pager",
                  f"--threshold={limit}", str(units / name))  # fmt: skip
    assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) <= MOST_EXPOSED


def test_instances_are_as_the_one():
    """They differ in their files and folders only."""
    one, instance = ((PACKAGING / "systemd" / name).read_text().splitlines() for name in UNITS)
    changed = {line.partition("=")[0] for line in set(instance) - set(one) if "=" in line}
    assert changed == {"Description", "ExecStart", "Environment", "EnvironmentFile",
                       "StateDirectory", "WorkingDirectory"}  # fmt: skip
    assert all("%i" in line for line in set(instance) - set(one) if "=" in line)


def test_the_unit_starts_what_there_is():
    text = (PACKAGING / "systemd" / "x96.service").read_text()
    command = re.search(r"^ExecStart=\S+ (\S+) ", text, re.M)[1]
    assert command in COMMANDS
    seconds = int(re.search(r"^WatchdogSec=(\d+)$", text, re.M)[1])
    assert seconds >= 2 * PATIENCE


def test_sysusers_takes_the_user():
    path = PACKAGING / "systemd" / "x96.sysusers"
    said = output(program("systemd-sysusers"), "--dry-run", str(path))
    assert "x96" in said


KEYS = {"ACTION", "SUBSYSTEM", "SUBSYSTEMS", "DRIVER", "GOTO", "LABEL", "GROUP", "MODE", "SYMLINK"}
RULE = re.compile(r'(\w+)(?:\{(\w+)\})?(==|!=|\+=|=)"([^"]*)"(?:, |$)')


def test_the_rules_of_udev():
    """Every line is keys, operators and values, and every label is there."""
    text = (PACKAGING / "udev" / "60-x96-rs485.rules").read_text()
    wanted, labels = set(), set()
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = list(RULE.finditer(line))
        assert "".join(match[0] for match in found) == line, line
        for key, name, operator, value in (match.groups() for match in found):
            assert key in KEYS or (key in {"ENV", "ATTR", "IMPORT"} and name), line
            assert key not in {"SUBSYSTEM", "SUBSYSTEMS", "DRIVER", "ACTION"} or "=" in operator[1:]
            wanted |= {value} if key == "GOTO" else set()
            labels |= {value} if key == "LABEL" else set()
    assert wanted == labels == {"x96_end"}
    if shutil.which("udevadm") and "verify" in output("udevadm", "--help"):
        output("udevadm", "verify", str(PACKAGING / "udev" / "60-x96-rs485.rules"))


def test_the_container_file_has_nothing_to_blame(tmp_path):
    hadolint = program("hadolint")
    assert output(hadolint, str(CONTAINER / "Containerfile")) == ""
    bad = tmp_path / "Containerfile"
    bad.write_text("FROM debian\nRUN cd /tmp\n")
    assert "DL3003" in output(hadolint, str(bad), code=1)


def test_yaml_has_nothing_to_blame():
    rules = "{extends: default, rules: {line-length: {max: 100}}}"
    files = [str(path) for path in sorted(CONTAINER.rglob("*.y*ml"))]
    assert len(files) == 4
    assert output(program("yamllint"), "--strict", "-d", rules, *files) == ""


def containerfile():
    """Instructions of the last stage, those of several lines joined."""
    text = (CONTAINER / "Containerfile").read_text().replace("\\\n", " ")
    stage = text[text.rindex("\nFROM ") :]
    return [line.split(None, 1) for line in stage.splitlines() if line and line[0] != "#"]


def test_the_container_runs_as_nobody_in_particular():
    said = dict(containerfile())
    user, _, group = said["USER"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert said["VOLUME"] == "/var/lib/x96"


def test_what_the_container_starts_and_how_its_health_is_asked(tmp_path):
    """Its command with its environment, and its check, here."""
    said = dict(containerfile())
    variables = dict(re.findall(r"(X96_\w+)=(\S+)", said["ENV"]))
    web, tcp = free_port(), free_port()
    variables |= {"X96_STATE": str(tmp_path / "state"), "X96_WEB": f"0.0.0.0:{web}"}
    command = [part.replace("5020", str(tcp)) for part in json.loads(said["CMD"])]
    health = json.loads(said["HEALTHCHECK"].partition("CMD ")[2])
    check = [sys.executable, *(part.replace("8096", str(web)) for part in health[1:])]
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1
    process = subprocess.Popen([*X96, *command], env={**os.environ, **variables},
                               stdout=subprocess.DEVNULL)  # fmt: skip
    try:
        until = time.monotonic() + 60
        while subprocess.run(check, capture_output=True, check=False).returncode != 0:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        socket.create_connection(("127.0.0.1", tcp), timeout=5).close()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def composition():
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((CONTAINER / "compose.yaml").read_text())


def test_what_the_composition_names_is_there():
    document = composition()
    services = document["services"]
    assert set(services) == {"x96", "mosquitto", "prometheus", "grafana"}
    for service in services.values():
        assert set(service.get("depends_on", [])) <= set(services)
        assert set(service.get("secrets", [])) <= set(document["secrets"])
        for volume in service["volumes"]:
            source = volume.partition(":")[0]
            if source.startswith("."):
                assert (CONTAINER / source).is_file(), source
            else:
                assert source in document["volumes"]
        for port in service["ports"]:
            assert port.startswith("127.0.0.1:"), "open to everybody"
    build = services["x96"]["build"]
    assert (CONTAINER / build["context"]).resolve() == ROOT
    assert (ROOT / build["dockerfile"]).is_file()
    assert services["x96"]["command"][0] in COMMANDS


def test_prometheus_asks_the_meter_of_the_composition():
    yaml = pytest.importorskip("yaml")
    document = yaml.safe_load((CONTAINER / "prometheus.yml").read_text())
    (job,) = document["scrape_configs"]
    ((target,),) = (each["targets"] for each in job["static_configs"])
    service = composition()["services"]["x96"]
    said = dict(containerfile())
    assert target == f"{service['hostname']}:8096"
    assert "X96_WEB=0.0.0.0:8096" in said["ENV"]
    assert job["params"] == {"harmonics": ["true"]}, "panels of the dashboard show them"
    secret = Path(job["authorization"]["credentials_file"]).name
    assert secret in composition()["services"]["prometheus"]["secrets"]


def test_mosquitto_takes_its_configuration(tmp_path):
    path = os.environ["PATH"] + os.pathsep + "/usr/sbin"
    mosquitto = shutil.which("mosquitto", path=path)
    if mosquitto is None:
        pytest.skip("no mosquitto here")
    port, file = free_port(), tmp_path / "mosquitto.conf"
    text = (CONTAINER / "mosquitto.conf").read_text().replace("1883", str(port))
    file.write_text(text.replace("/mosquitto/data/", f"{tmp_path}/"))
    process = subprocess.Popen([mosquitto, "-c", str(file)], stderr=subprocess.PIPE)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() < until
                time.sleep(0.05)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_what_the_image_is_built_of_is_let_in():
    """Everything that the build copies passes the list of what is ignored."""
    ignored = (CONTAINER / "Containerfile.dockerignore").read_text().split()
    assert ignored[0] == "*"
    text = (CONTAINER / "Containerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.M)
              for name in line.split()]  # fmt: skip
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name.removeprefix('./')}" in ignored, name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = re.search(r"'\.\[([\w,]+)\]'", text)[1].split(",")
    assert set(extras) <= set(project["optional-dependencies"])
    assert {project["readme"], *project["license-files"]} <= set(copied)
