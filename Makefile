# DingBell's commands: `make run` and `make test` are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install dev run demo bench seed front check format test chaos messages wheel bundle lock clean

PYTHON ?= python3
BIN := .venv/bin
DIST := dist
FRONT := $(wildcard frontend/*.json frontend/*.mjs frontend/*.txt frontend/.npmrc frontend/src/*)
CATALOGS := $(wildcard src/dingbell/web/locale/*/LC_MESSAGES/*.po)
# The unit part: what needs neither a browser nor a server of its own.
FAST := $(wildcard tests/unit tests/users tests/storage tests/channels)
# What must hold on PostgreSQL as on SQLite.
ON_POSTGRESQL := $(wildcard tests/users tests/storage)
# The checks import the settings, which make key files: not in the data directory of `make run`.
export DINGBELL_DATA_DIR_FOR_CHECKS := $(CURDIR)/.venv/checks-data
CHAOS_SEED ?= $(shell shuf -i 1-999999 -n 1)
PIP := $(BIN)/pip --disable-pip-version-check --quiet

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

install: .venv/.installed ## make .venv and install DingBell into it (the second time at once)

dev: .venv/.dev ## install also what tests and checks need

run: install ## install, then serve on http://127.0.0.1:8080
	exec $(BIN)/dingbell serve

demo: install ## the product, a DingTalk simulator and a small plant, for a first look (ARGS="--port …")
	exec $(BIN)/dingbell demo $(ARGS)

bench: dev ## measure beside Alertmanager: ARGS="intake latency", --quick, --write, --directory …
	PYTHONPATH=src:. $(BIN)/python -m bench $(ARGS)

seed: dev ## a plant with a year of history in ./data-seeded, to see how pages cope (ARGS="--data-dir …")
	PYTHONPATH=src:. $(BIN)/python -m bench.seed $(ARGS)

front: .venv/.dev ## build the front end and the catalogs again
	$(BIN)/python hatch_build.py

check: dev ## format, lint, types, imports, translations and the fast tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	DINGBELL_DATA_DIR=$$DINGBELL_DATA_DIR_FOR_CHECKS $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/check_translations.py
	$(BIN)/pytest -q -n 2 --dist loadfile $(FAST)

format: dev ## format and mend what ruff can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

test: ## everything: test packages (as root), checks, the whole suite
	scripts/install_test_packages
	$(MAKE) check FAST=tests/users
	$(BIN)/pytest -n 3 --dist loadfile
	DINGBELL_TEST_DATABASE=postgresql $(BIN)/pytest -q -n 3 --dist loadfile $(ON_POSTGRESQL)

messages: dev ## collect the texts of the pages into the English catalog
	$(BIN)/python scripts/make_messages.py

chaos: dev ## kill and fail it a hundred times under load (CHAOS_SEED=… to see a run again)
	CHAOS_ROUNDS=25 CHAOS_SEED=$(CHAOS_SEED) $(BIN)/pytest -v tests/pipeline/test_chaos.py

wheel: dev ## build dist/dingbell-*.whl, which installs without Node, make or a compiler, and constraints.txt beside it
	rm -f $(DIST)/*.whl
	$(PIP) wheel --no-deps --wheel-dir $(DIST) .
	cp constraints.txt $(DIST)/

bundle: wheel ## collect the wheel with all it needs for machines without internet
	$(BIN)/python scripts/bundle.py

lock: ## pin the newest versions that pyproject.toml allows into constraints.txt
	$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/pip --quiet install --upgrade 'pip>=25.1'
	.venv-lock/bin/pip --quiet install -e . --group dev
	.venv-lock/bin/python scripts/lock.py
	rm -rf .venv-lock

clean: ## remove what was built (not the data)
	rm -rf .venv frontend/node_modules src/dingbell/web/static/dist dist .mypy_cache .ruff_cache .pytest_cache
	find src -name '*.mo' -delete

.venv/bin/pip:
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade 'pip>=25.1'

.venv/.installed: .venv/bin/pip pyproject.toml constraints.txt hatch_build.py $(FRONT) $(CATALOGS)
	$(PIP) install -c constraints.txt -e .
	@touch $@

.venv/.dev: .venv/.installed
	$(PIP) install -c constraints.txt --group dev
	@touch $@
