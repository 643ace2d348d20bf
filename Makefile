# Everything the project does, each with what it needs: a virtual environment in .venv, made with venv and pip alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= demo-run

.PHONY: help demo test test-all lint bench docs clean
help: ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "partwise needs Python 3.11 or newer, got " + sys.version.split()[0] + ". Try: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

$(VENV)/.demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[demo]"
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[demo]" --group test
	@touch $@

$(VENV)/.lint: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[demo]" --group dev
	@touch $@

$(VENV)/.bench: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[demo]" --group bench
	@touch $@

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[demo,audio]" --group docs
	@touch $@

demo: $(VENV)/.demo ## Learn 49 parts of 400 real faces and write a report
	$(BIN)/partwise demo --out $(DEMO) --force

test: $(VENV)/.test ## Run the tests, without those that need long runs on real data
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-all: $(VENV)/.test ## Run all tests
	$(BIN)/python -m pytest -n 2

lint: $(VENV)/.lint ## Style, types and import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench ## Race against other programs: hours; BENCH="--only orl-20 --repeats 3" for a part
	$(BIN)/python -m benchmarks $(BENCH)

docs: $(VENV)/.docs ## Build the documentation
	$(BIN)/python -m sphinx -q -W -b html docs docs/_build/html

clean: ## Remove what the targets made
	rm -rf $(VENV) $(DEMO) docs/_build docs/examples docs/generated example-figures
