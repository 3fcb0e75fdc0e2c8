# Everything that people do with the project. `make help` lists it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ROWS ?= 300000
export DAGSTER_HOME := $(CURDIR)
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run ui test check bench sample docs lock clean

help: ## show this
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# The environment, from the hash-pinned lock alone; pip compiles the bytecode while it installs.
$(VENV)/run.stamp: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages (a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing the locked tools for tests and checks ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/run.stamp ## set up, run the whole job on the synthetic sample, print the yearly table
	@$(BIN)/incidents run --sample

ui: $(VENV)/run.stamp ## the Dagster UI on 127.0.0.1:3000, with schedule and inbox sensor
	@$(BIN)/incidents ui

test: $(VENV)/dev.stamp ## the whole suite
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/dev.stamp ## ruff, pyright, sqlfluff, dbt parse, lock up to date
	@$(BIN)/python -m scripts.check

bench: $(VENV)/dev.stamp ## time and memory of every stage: make bench ROWS=3000000
	@$(BIN)/python -m bench --rows $(ROWS)
	@$(BIN)/python -m bench acled --rows 400000
	@$(BIN)/python -m bench gdelt --rows 3000000
	@$(BIN)/python -m bench quarantine --rows $(ROWS)

sample: $(VENV)/dev.stamp ## make data/sample again (same seed, same bytes)
	@$(BIN)/python -m scripts.make_sample

docs: $(VENV)/dev.stamp ## make the generated pages below docs/ again
	@$(BIN)/python -m scripts.make_docs

lock: $(VENV)/dev.stamp ## resolve the locks again for Python 3.11 to 3.13
	@$(BIN)/python -m scripts.lock

clean: ## remove the environment and everything that can be made again; the lake stays
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis data/build data/dagster
