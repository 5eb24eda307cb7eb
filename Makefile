# One line per task; the work is in tools/ and in the command line `atlante`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
ARGS ?=
BIN := .venv/bin
SOURCES := config geodata processing services tests tools

.PHONY: help setup setup-tests setup-bench demo test lint format lock bench reference vendor clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

setup: ## install what is missing: PostgreSQL + PostGIS, uv, Python packages
	@tools/bootstrap

setup-tests: ## the same, and the clients that tests drive: QGIS and Chromium
	@tools/bootstrap --with-test-clients

setup-bench: ## the same as setup, and the peers of the benchmarks: DuckDB, SedonaDB
	@tools/bootstrap --with-benchmark-peers

demo: setup ## the whole road on your machine; ARGS=--check verifies the answers and stops
	@$(BIN)/atlante demo $(ARGS)

test: setup-tests ## the whole test suite, a process per core; ARGS="-k tiles" runs a part
	@$(BIN)/pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile $(ARGS)

lint: setup ## ruff, mypy, import-linter, sqlfluff, yamllint, lock files fresh
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/sqlfluff lint --disable-progress-bar geodata processing services
	$(BIN)/yamllint --strict .yamllint docker-compose.yml publiccode.yml
	tools/lock --check

format: setup ## rewrite the sources in the one style
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/sqlfluff fix --disable-progress-bar geodata processing services

lock: setup ## pin every dependency with hashes again (UPGRADE=1 takes newer versions)
	tools/lock

bench: setup-bench ## benchmarks beside their named peers
	@$(BIN)/pytest tests/benchmarks --benchmark-enable --benchmark-only $(ARGS)

reference: setup ## write docs/reference from the code again
	@$(BIN)/python tools/reference.py

vendor: setup ## fetch the front-end files again from npm
	@$(BIN)/python tools/vendor_frontend.py

clean: ## remove what the targets above made in this folder
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks
