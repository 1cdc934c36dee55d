# Two commands: `make run` starts the meter, `make test` checks everything.
# Both install what they need the first time; later runs need no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := build/clients
BROWSER := build/browser
MQTT := build/mqtt
DATABASE := build/database
MONITORING := build/monitoring
RELEASE := build/release

# The tests start hundreds of processes, none of which is to compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint unit soak fuzz bench lock docs pictures site changelog release clean

run: $(VENV)/.ready
	$(BIN)/x96 run

test: lint unit

lint: $(VENV)/.test-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

# Two tests for every core, one of which mostly waits (`tests/support/scheduling.py`); then, one by
# one, what would suffer from a test beside it.
unit: $(VENV)/.test-ready $(CLIENTS)/.ready $(BROWSER)/.ready $(DATABASE)/.ready $(MONITORING)/.ready $(RELEASE)/.ready $(MQTT)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m "not alone" -n $$(( $$(nproc) * 2 )) --maxprocesses 8
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m alone $$(grep -rlE "mark\.(alone|speed)" tests --include="test_*.py")

# Longer runs of the property tests; ten years of readings; hundreds of kills; minutes of fuzzing.
soak: $(VENV)/.test-ready
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/fuzz.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" SOAK=1 $(BIN)/python -m pytest tests/properties tests/interop/test_power_cut.py tests/interop/test_http_interface.py tests/interop/test_mqtt_outage.py tests/unit/typetest/test_type_test.py

# Coverage-guided fuzzing of the readers of files and of the Modbus server, SECONDS for each target.
SECONDS ?= 600
fuzz: $(VENV)/.test-ready
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/fuzz.txt
	fuzz/run $(BIN)/python $(SECONDS)

bench: $(VENV)/.test-ready
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/modbus_server.py
	$(BIN)/python benchmarks/phasors.py
	$(BIN)/python benchmarks/accumulators.py
	$(BIN)/python benchmarks/many_meters.py

docs: $(VENV)/.test-ready
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/notebooks.py

# The documentation as a site in build/site, to be opened in a browser or put on a server.
site: $(VENV)/.test-ready
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --fresh-env --doctree-dir build/doctrees docs build/site

# Pictures of the page for the docs, which no test compares.
pictures: $(VENV)/.test-ready $(BROWSER)/.ready
	tools/debian-packages pngquant
	$(BIN)/python docs/pictures.py

$(VENV)/.ready: pyproject.toml requirements/run.txt $(wildcard src/smartx96/metrology/native/* src/smartx96/metrology/native/vectors/*)
	tools/make-venv $(PYTHON) $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements/test.txt -r requirements/run.txt -e .
	touch $@

$(VENV)/.test-ready: $(VENV)/.ready requirements/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/test.txt
	touch $@

# Modbus programs of others, each with versions of its own.
$(CLIENTS)/.ready: $(wildcard requirements/clients/*) tools/modbus-clients tools/debian-packages | $(VENV)/.ready
	tools/modbus-clients $(BIN)/python $(CLIENTS)
	touch $@

# What the tests of the page have beside Python.
$(BROWSER)/.ready: $(wildcard requirements/browser/*) tools/browser tools/debian-packages
	tools/browser $(BROWSER)
	touch $@

# The server of PostgreSQL, of which tests start one of their own.
$(DATABASE)/.ready: tools/debian-packages
	tools/debian-packages postgresql
	mkdir -p $(DATABASE)
	touch $@

# A broker, and Home Assistant's core.
$(MQTT)/.ready: $(wildcard requirements/mqtt/*) tools/mqtt tools/debian-packages
	tools/mqtt $(MQTT)
	touch $@

# Prometheus, InfluxDB and Schemathesis, which the tests drive.
$(MONITORING)/.ready: $(wildcard requirements/monitoring/*) tools/monitoring | $(VENV)/.ready
	tools/monitoring $(BIN)/python $(MONITORING)
	touch $@

# Towncrier, twine and others, and the distributions of the run lock.
$(RELEASE)/.ready: requirements/release/tools.txt requirements/run.txt tools/release-tools | $(VENV)/.ready
	tools/release-tools $(BIN)/python $(RELEASE)
	touch $@

# The fragments of changes/ into CHANGELOG.md; with DATE=2027-01-31 on the day of a release.
changelog: $(RELEASE)/.ready
	tools/changelog $(RELEASE)/tools/bin/towncrier $(DATE)

# Sdist, wheel, bill of materials and check sums in dist/, after all of it has been tried.
release: $(RELEASE)/.ready
	$(RELEASE)/tools/bin/python tools/release.py dist

# The newest versions that the groups of pyproject.toml allow, frozen.
lock:
	tools/lock $(PYTHON)

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
