# Two commands: `make run` starts the meter, `make test` checks everything.
# Both install what they need the first time; later runs need no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENTS := build/clients
BROWSER := build/browser

# The tests start hundreds of processes, none of which is to compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint unit soak fuzz bench lock docs pictures clean

run: $(VENV)/.ready
	$(BIN)/x96 run

test: lint unit

lint: $(VENV)/.test-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

# On every core, and half as many again since many wait; then, one by one, what would suffer from
# a test beside it.
unit: $(VENV)/.test-ready $(CLIENTS)/.ready $(BROWSER)/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m "not alone" -n $$(( $$(nproc) * 3 / 2 )) --maxprocesses 8 --dist worksteal
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m alone

# Longer runs of the property tests; ten years of readings; hundreds of kills; minutes of fuzzing.
soak: $(VENV)/.test-ready
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/fuzz.txt
	PATH="$(CURDIR)/$(BIN):$$PATH" SOAK=1 $(BIN)/python -m pytest tests/properties tests/interop/test_power_cut.py tests/unit/typetest/test_type_test.py

# Coverage-guided fuzzing of the readers of files and of the Modbus server, SECONDS for each target.
SECONDS ?= 600
fuzz: $(VENV)/.test-ready
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/fuzz.txt
	fuzz/run $(BIN)/python $(SECONDS)

bench: $(VENV)/.test-ready
	$(BIN)/x96 bench
	$(BIN)/python benchmarks/modbus_server.py
	$(BIN)/python benchmarks/phasors.py
	$(BIN)/python benchmarks/accumulators.py
	$(BIN)/python benchmarks/many_meters.py

docs: $(VENV)/.test-ready
	$(BIN)/python docs/generate.py

# Pictures of the page for the docs, which no test compares.
pictures: $(VENV)/.test-ready $(BROWSER)/.ready
	tools/debian-packages pngquant
	$(BIN)/python docs/pictures.py

$(VENV)/.ready: pyproject.toml requirements/run.txt
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

# The newest versions that the groups of pyproject.toml allow, frozen.
lock:
	tools/lock $(PYTHON)

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
