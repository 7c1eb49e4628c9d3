# make demo: see it work. make test: see that it works. Both set up everything else by themselves.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Byte code is kept: every process started here would otherwise compile some two thousand modules again.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
READY := .venv/ready
UV := $(or $(shell command -v uv 2>/dev/null),.tools/bin/uv)
UV_VERSION := 0.13.9
need = deploy/local/require.sh

.PHONY: help setup demo monitoring quick test test-fresh lint check contracts release bench lock kafka-lock clean

help: ## Show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(READY) ## Make the Python environment in .venv (again, when the lock file has changed)

demo: $(READY) ## Play the year 2021 and stay up; PLAY=sundsvall-2023 plays that; EXIT=1 plays all and stops, status 0 if all is equal
	@$(BIN)/samspel demo $(if $(PLAY),--play $(PLAY)) $(if $(filter 1,$(EXIT)),--exit)
	@$(if $(filter 1,$(EXIT)),$(if $(PLAY),,$(BIN)/samspel demo --play sundsvall-2023 --exit))
	@$(if $(filter 1,$(EXIT)),$(if $(PLAY),,$(BIN)/samspel demo --play samordnat-2019 --exit))

monitoring: $(READY) ## Run Prometheus with rules and alerts on the running demo; ARGS='--data DIR --port N' chooses
	@$(need) prometheus
	@$(BIN)/samspel monitoring $(ARGS)

# Two processes: each runs the tests of one installation after the other (tests/conftest.py).
test: $(READY) ## Run every test; ARGS='-k words' chooses
	@$(need) chromium prometheus
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

test-fresh: $(READY) ## Run `make demo EXIT=1` as on a machine without Java, Maven, uv, caches and .venv
	@$(BIN)/python -m tests.fresh

quick: $(READY) ## Lint, and run the tests that need no server, on all cores and with fewer examples
	@$(MAKE) lint
	@$(need) prometheus
	@SAMSPEL_HYPOTHESIS_PROFILE=quick $(BIN)/python -m pytest -q -n auto -p no:schemathesis tests/unit tests/contract tests/stories $(ARGS)

lint: $(READY) ## Check style, types and the boundaries between rooms
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

check: lint test ## All that must pass before a change goes in

contracts: $(READY) ## Write schemas, AsyncAPI document, code lists and state tables again from the code
	@$(BIN)/python -m contracts.generate
	@$(BIN)/python -m tests.state_tables

release: $(READY) ## Take the snapshot that later contracts are compared with
	@$(BIN)/python -m contracts.release

bench: $(READY) ## Measure against the bare pipeline; prints a table and writes JSON
	@$(BIN)/python -m tests.bench $(ARGS)

lock: $(UV) ## Choose the newest allowed version of each dependency
	@$(UV) pip compile --quiet --upgrade --universal --generate-hashes --group dev \
		--custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

kafka-lock: $(READY) ## Pin the jars that deploy/kafka/pom.xml leads to
	@$(BIN)/python -m deploy.local.kafka_lock

clean: ## Remove all that was made here, and the local data; jars stay in the cache
	@if [ -x $(BIN)/samspel ]; then $(BIN)/samspel down; fi
	@rm -rf .venv .tools .samspel *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.lock pyproject.toml | $(UV)
	@$(need) python
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --no-python-downloads --python "$$(command -v python3)" .venv
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(UV) pip install --quiet --no-deps --editable .
	@touch $@

.tools/bin/uv:
	@$(need) python
	@echo "Fetching uv $(UV_VERSION) into .tools ..."
	@if python3 -c 'import venv, ensurepip' 2>/dev/null; then \
		python3 -m venv .tools && .tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	else \
		python3 -m pip install --quiet --disable-pip-version-check --target .tools uv==$(UV_VERSION); \
	fi
