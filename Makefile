# lamina's commands. Each makes .venv if needed, installs what it needs there, and does its job.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test test-targets oracle fuzz torture torture-full lint types bench format clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo ## train the notes' network and a digits classifier, and show what came out
	$(BIN)/lamina demo

test: $(VENV)/.test ## run every test
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-targets: $(VENV)/.test ## run the engine's tests for lower levels of x86-64, under guard pages
	$(BIN)/python tools/run_targets.py -n 2 --dist worksteal

oracle: $(VENV)/.test ## ask real Keras again for what tests compare with its recorded answers
	ORACLE=live $(BIN)/python -m pytest -n 2 tests/models/test_as_keras.py tests/oracle

fuzz: $(VENV)/.test ## compare the engines on 2,500 new generated graphs, read damaged files; some minutes
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=fuzz tests/engines/native/test_generated.py
	$(BIN)/python -m tests.saving.mutate_hdf5 20000

torture: $(VENV)/.test ## hostile files, bad input and faults: a sample, with a scorecard; ten minutes
	$(BIN)/python -m torture

torture-full: $(VENV)/.test ## all of them, Keras beside; writes docs/reliability.md; hours
	$(BIN)/python -m torture --full --peers --write

lint: $(VENV)/.lint ## check style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.lint ## check types, strictly
	$(BIN)/mypy

bench: $(VENV)/.bench ## measure lamina beside its peers; takes hours, bench/README.md lists its parts
	$(BIN)/python -m bench --write

format: $(VENV)/.lint ## mend style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache build dist

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# A stamp is renewed when what it installed from has changed.
$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --editable '.[test,judges]'
	@touch $@

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --editable '.[dev]'
	@touch $@

$(VENV)/.bench: pyproject.toml | $(VENV)/bin/python
	$(PIP) install --editable '.[bench]'
	@touch $@
