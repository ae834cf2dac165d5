# `make train` and `make test` do all their set-up themselves: Python 3.11 or newer and make are enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A file of tests stays in one process, as its fixtures are shared; most tests use one core.
PYTEST := $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile
PIP := $(BIN)/python -m pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev train starter-wheel test test-all lint format clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

setup: $(VENV)/installed ## Create .venv and install the project

setup-dev: $(VENV)/installed-dev ## The same with what tests and linters need

train: $(VENV)/installed ## Draw the sample, train, evaluate and track a model on it
	$(BIN)/kedro run --pipeline=train

starter-wheel: $(VENV)/installed ## Build the wheel of the starter that was trained here
	$(BIN)/python -m crack_pipeline.prediction.starter

test: $(VENV)/installed-dev ## Run the tests
	$(PYTEST) -m "not slow"

test-all: $(VENV)/installed-dev ## Run the tests, the slow ones too
	$(PYTEST)

lint: $(VENV)/installed-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev ## Put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean: ## Remove .venv and caches; data and tracked runs stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "crack_pipeline needs Python 3.11 or newer. Received: $$($(PYTHON) --version 2>&1). Name another one: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV): a few minutes the first time"
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing into $(VENV), with what tests and linters need: a few minutes the first time"
	$(PIP) install --quiet --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(VENV)/installed
