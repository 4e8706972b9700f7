# Everything a person or CI does here. Needs only python3 (3.11 or newer) and make.

PYTHON ?= python3
UPGRADE ?= --upgrade
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
CLUSTER := $(VENV)/.cluster
DEVELOPMENT := $(VENV)/.development

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock" --extra build pyproject.toml

# What `make check` tests: the rooms, contracts, macros, dbt's unit tests and one small market.
CHECK := tests/dbt/test_unit_tests.py tests/orchestration/test_small_market.py tests/test_rooms.py \
	tests/ingestion/tables tests/dbt/test_macros.py tests/dbt/test_regression_macros.py tests/dbt/test_generic_tests.py
# What reads the small, the sample and the folder market, so that all three are built: `make probe` and `make mutants` start
# from them.
BUILT := tests/orchestration/test_small_market.py tests/marts/test_every_state.py
# Marts or mart.column for `make probe`, all without; the draw of `make mutants`, and `law` for the law of words alone
NAMES ?=
SEED ?= 16
ONLY ?=
# Three on two cores: while one waits for a browser or a host that does not answer, two compute
WORKERS := -n 3 --dist loadfile --no-loadscope-reorder
# What `make test` runs; CI takes the long tests into the same session, which ends sooner than two
LANE ?= not laws and not ci
# SQL that differs from the last commit
CHANGED_SQL = $(shell { git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard; } \
	| grep -E '^dbt_project/(models|tests)/.*\.sql$$')

.PHONY: help run app ui docs gallery check check-tests check-style test test-ci coverage laws probe mutants bench bench-scale lint format lock hooks wheel clean spark
.DEFAULT_GOAL := help

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | column -t -s '|'

run: $(RUNTIME) ## fetch, build, test and publish the sample market
	@$(BIN)/market-internals run

spark: $(CLUSTER) ## the same on Spark, two cores of this machine (needs Java 17 or newer)
	@$(BIN)/market-internals run --engine spark --data data/on_spark

app: $(RUNTIME) ## open the viewer
	@$(BIN)/market-internals app

ui: $(RUNTIME) ## open Dagster's own pages
	@$(BIN)/market-internals ui

docs: $(RUNTIME) ## write the lineage and every column, unit and formula as one HTML file
	@$(BIN)/market-internals docs

check: $(DEVELOPMENT) ## the loop of a person: rooms, contracts, macros, unit tests, a small market, style of what changed
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target check-tests check-style

check-tests:
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --quiet --durations=5 $(CHECK)

check-style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(if $(CHANGED_SQL),$(BIN)/sqlfluff lint --disable-progress-bar $(CHANGED_SQL),)

test: $(DEVELOPMENT) ## run the tests
	@$(BIN)/python -m pytest $(WORKERS) -m "$(LANE)"

test-ci: $(DEVELOPMENT) ## run the long tests: whole evenings, kills, Dagster in a browser, the wheel (needs a registry)
	@$(BIN)/python -m pytest $(WORKERS) -m "ci and not laws"

# A run of dbt takes more than half as long again while it is measured, so that this is no part of `make test`.
coverage: $(DEVELOPMENT) ## run all tests, and fail where they run less of the code than the floor in pyproject.toml
	@$(BIN)/python -m pytest $(WORKERS) -m "not laws" --cov --cov-report=term

laws: $(DEVELOPMENT) $(CLUSTER) ## run the long laws: truncation and poisoning on many days (hours)
	@$(BIN)/python -m pytest -m laws

probe: $(DEVELOPMENT) ## put each column of each mart off and list those that no test misses (an hour)
	@$(BIN)/python -m pytest --quiet $(BUILT)
	@$(BIN)/python -m tests.marts.probe $(NAMES)

mutants: $(DEVELOPMENT) ## change one token of the SQL, a hundred times by SEED, and list what no test sees (hours)
	@$(BIN)/python -m pytest --quiet $(BUILT) $(if $(ONLY),tests/marts/test_law_of_words.py)
	@$(BIN)/python -m tests.mutants --seed $(SEED) $(if $(ONLY),--only $(ONLY))

bench: $(DEVELOPMENT) ## measure every step of a run, a live evening and the pages of the viewer
	@$(BIN)/python -m benchmarks.steps
	@$(BIN)/python -m benchmarks.live
	@$(BIN)/python -m benchmarks.pages

bench-scale: $(DEVELOPMENT) ## measure 500 and 3,000 names over 5 to 25 years beside polars and pandas (hours)
	@$(BIN)/python -m benchmarks.whole_run
	@$(BIN)/python -m benchmarks.name_days

gallery: $(DEVELOPMENT) ## draw the pictures of the README and of docs/gallery.md from the sample market
	@$(BIN)/python -m docs.gallery

lint: $(DEVELOPMENT) ## check style, types and SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 dbt_project/models dbt_project/tests

format: $(DEVELOPMENT) ## put Python and SQL into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar --processes 0 dbt_project/models dbt_project/tests

lock: $(VENV)/.made ## renew the locked versions; with UPGRADE= only add what pyproject.toml newly names
	@$(COMPILE) $(UPGRADE) --output-file requirements.lock
	@$(COMPILE) $(UPGRADE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock
	@$(COMPILE) $(UPGRADE) --extra cluster --constraint requirements.lock --output-file requirements-cluster.lock

hooks: $(DEVELOPMENT) ## check every commit before it is made
	@$(BIN)/pre-commit install

wheel: $(DEVELOPMENT) ## build the wheel that uv, pipx and pip install, in dist/
	@$(BIN)/python -m build

clean: ## remove the environment; data stays
	@rm -rf $(VENV) build dist *.egg-info

# uv installs in seconds; where it cannot be had, pip does the same in minutes.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "python 3.11 or newer is needed" >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv || echo "without uv: pip takes its place"
	@touch $@

# install LOCK: exactly what is locked, compiled here (pip does so by itself) and not by every process that starts
define install
	@echo "installing $(1): half a minute with uv, some minutes with pip"
	@if [ -x $(BIN)/uv ]; then \
		$(BIN)/uv pip install --compile-bytecode --python $(BIN)/python --require-hashes --requirement $(1); \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --requirement $(1); \
	fi
endef

$(RUNTIME): $(VENV)/.made requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(CLUSTER): $(RUNTIME) requirements-cluster.lock
	$(call install,requirements-cluster.lock)
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.lock
	$(call install,requirements-dev.lock)
	@touch $@
