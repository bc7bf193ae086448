# Evenhand. `make demo` and `make test` do all their own set-up: Python ≥ 3.11 and make are enough.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PIP := $(PY) -m pip --quiet --disable-pip-version-check
WORKERS ?= 2

.PHONY: help demo test check fix bench slow docs validate lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

$(VENV)/.run: requirements.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh requirements.lock "$(VENV)"
	@touch "$@"

$(VENV)/.dev: requirements-dev.lock pyproject.toml tools/setup.sh
	@sh tools/setup.sh requirements-dev.lock "$(VENV)"
	@touch "$@" "$(VENV)/.run"

demo: $(VENV)/.run ## Examine the example study and open its report
	@$(BIN)/evenhand demo

test: $(VENV)/.dev ## All tests but the slow ones
	@$(PY) -m pytest -n $(WORKERS) -m "not slow"

check: $(VENV)/.dev ## Style, types, architecture, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(PY) -m pytest -n 0 tests/house

fix: $(VENV)/.dev ## Mend what ruff can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## Speed and memory as ratios, written to docs/bench.md
	@$(PY) tools/bench.py

slow: $(VENV)/.dev ## Coverage, kill loops, fuzz: the long runs
	@$(PY) -m pytest -n $(WORKERS) -m slow

docs: $(VENV)/.dev ## Reference pages from the parts' own constants
	@$(PY) tools/reference.py

validate: $(VENV)/.dev ## Real data, written to docs/validation.md
	@$(PY) tools/validate.py

lock: $(VENV)/.dev ## Pin versions anew (names, versions and hashes only)
	@sh tools/lock.sh "$(VENV)"

clean: ## Remove what was made here
	@rm -rf "$(VENV)" evenhand-demo .mypy_cache .ruff_cache .hypothesis
