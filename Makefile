# Two commands: `make run` starts the meter, `make test` checks everything.
# Both install what they need the first time; later runs need no network.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint unit soak fuzz bench lock docs clean

run: $(VENV)/.ready
	$(BIN)/x96 run

test: lint unit

lint: $(VENV)/.test-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

unit: $(VENV)/.test-ready
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest

# Longer runs of the property tests; ten years of readings; hundreds of kills.
soak: $(VENV)/.test-ready
	PATH="$(CURDIR)/$(BIN):$$PATH" SOAK=1 $(BIN)/python -m pytest tests/properties tests/interop/test_power_cut.py

# Coverage-guided fuzzing of the readers of COMTRADE, captures and WAV files, SECONDS for each.
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

$(VENV)/.ready: pyproject.toml requirements/run.txt
	tools/make-venv $(PYTHON) $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c requirements/test.txt -r requirements/run.txt -e .
	touch $@

$(VENV)/.test-ready: $(VENV)/.ready requirements/test.txt tools/debian-packages
	tools/debian-packages mbpoll
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/test.txt
	touch $@

# The newest versions that the groups of pyproject.toml allow, frozen.
lock:
	tools/lock $(PYTHON)

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
