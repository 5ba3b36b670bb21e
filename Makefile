# `make help` lists what there is. Everything runs in .venv, which is made when pyproject.toml changes.

PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
PROCESSES ?= auto
CHECKED := $(wildcard duetime tests benchmarks)

ifdef PORT
export DUETIME_HTTP_PORT := $(PORT)
endif

.DEFAULT_GOAL := help
.PHONY: help run test check lint types layers sizes lua bench chaos clean .venv

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z.]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

run: .venv  ## start the daemon on 127.0.0.1:8080 (PORT=9000 and ARGS="--settings FILE" change it)
	@$(BIN)/duetime run $(ARGS)

test: .venv  ## run the tests, on all cores (ARGS="tests/queues -k order" for some, PROCESSES=0 in one process)
	@tests/install_components.sh
	$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile $(ARGS)

chaos: .venv  ## run the long tests that kill daemons and servers under load
	$(BIN)/python -m pytest -m chaos $(ARGS)

check: lint types layers sizes lua  ## lint, format, types, layers, file sizes, Lua (-k: all, whatever fails)

lint: .venv
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)

types: .venv
	$(BIN)/mypy --strict $(CHECKED)

layers: .venv
	$(BIN)/lint-imports

sizes: .venv
	$(BIN)/python -m tests.check.file_sizes

lua: .venv
	$(BIN)/python -m tests.check.lua_scripts

bench: .venv  ## measure, and write the table of results
	$(BIN)/python -m benchmarks $(ARGS)

clean:  ## remove .venv and caches, never data
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv: .venv/stamp

.venv/stamp: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "Duetime needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo not there)."; \
	echo "Install one and name it, for example: make PYTHON=python3.12 $(or $(MAKECMDGOALS),run)"; exit 1; }
	@echo "Installing Duetime into .venv (about a minute, once)"
	@$(PYTHON) -m venv .venv || { echo "Could not make .venv: on Debian and Ubuntu install python3-venv."; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
