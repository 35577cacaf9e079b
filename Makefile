# Two targets do all the set-up: `make run` starts the demo, `make test` runs the tests. `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Handed to what is run:  make run ARGS="--for 60s"    make test ARGS="tests/judging -k unknown"
ARGS ?=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help run test test-fast lint format docs fuzz bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.run ## install what the daemon needs and start the demo (ARGS="--for 60s")
	$(BIN)/ictss-monitor demo $(ARGS)

test: $(VENV)/.test ## install what the tests need and run them all (ARGS="tests/judging")
	$(BIN)/pytest $(ARGS)

test-fast: $(VENV)/.test ## the tests that take seconds
	$(BIN)/pytest -m "not slow" $(ARGS)

lint: $(VENV)/.test ## ruff, mypy --strict and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.test ## let ruff put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test ## write the lists and tables in docs/ anew from the code
	$(BIN)/python docs/write.py

fuzz: $(VENV)/.test ## a million spoilt messages for our parsers (ARGS="--cases 10000000 --seed 7")
	$(BIN)/python tests/fuzz/fuzz.py $(ARGS)

bench: $(VENV)/.test ## CPU per probe, lag, memory and start-up, measured on this machine
	$(BIN)/python tests/bench/bench.py $(ARGS)

lock: $(VENV)/.test ## renew the two lock files from pyproject.toml
	$(PIP) install uv
	$(BIN)/uv pip compile $(UV_LOCK) --extra package -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile $(UV_LOCK) --extra package --extra test -o requirements-test.lock pyproject.toml
UV_LOCK = --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-config \
          --python-version 3.11

clean: ## remove what was installed and built here
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis demo-data

# The stamps say what a venv holds, so that an unchanged lock costs nothing.
$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	@echo "installing the locked dependencies into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: $(VENV)/bin/python requirements-test.lock pyproject.toml
	@echo "installing the locked dependencies and what the tests need into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements-test.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than 3.11: name another with PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "the venv module is missing: apt-get install python3-venv"; exit 1; }
