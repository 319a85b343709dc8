# The only entry: `make help` lists it. Needs Python 3.11 or newer, make and the package registries; no root.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo test faults outages bench check schemas format

# What would make Python, pip or uv work somewhere else than in this folder.
unexport PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX
unexport PIP_TARGET PIP_PREFIX PIP_USER PIP_REQUIRE_VIRTUALENV
unexport UV_PROJECT_ENVIRONMENT UV_PROJECT UV_WORKING_DIR UV_PYTHON UV_FROZEN UV_LOCKED UV_NO_SYNC UV_NO_DEV UV_NO_EDITABLE

# Trust the machine's certificate authorities, and use the machine's Python rather than download one.
export UV_SYSTEM_CERTS ?= true
export UV_PYTHON_DOWNLOADS ?= never

BIN := .venv/bin
OWN_UV := .uv/bin/uv
UV_VERSION := 0.13.9
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# The first of these that runs and is new enough; found once, and only when something has to be set up.
find_python = for name in python3.13 python3.12 python3.11 python3 python; do \
	  if $$name -c '$(NEW_ENOUGH)' 2>/dev/null; then command -v $$name; exit; fi; done

help: ## List what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

setup: .venv/.fetched ## Do all set-up: .venv with everything in it, and the broker's jars
	@:

demo: setup ## Run everything with demo data, in the foreground until Ctrl-C
	@exec $(BIN)/kinerja up --demo

test: setup ## Run all tests on a real Kafka and PostgreSQL (ARGS="..." goes to pytest)
	@exec $(BIN)/pytest $(ARGS)

faults: setup ## Kill processes at every named crash point, print what was lost, doubled, repeated (ARGS="--seeds 1")
	@exec $(BIN)/python -m tests.faults $(ARGS)

outages: setup ## Servers away for a minute, disks full, workers frozen, storms of rebalances; how long each recovery took
	@exec $(BIN)/pytest tests/faults -m "slow or not slow" $(ARGS)

bench: setup ## Measure speed on a real Kafka and PostgreSQL, 20 minutes (ARGS="fold --markdown FILE"; FULL=1: longer)
	@exec $(BIN)/python -m tests.bench $(ARGS)

check: setup ## Format, lint, types, import contracts, freshness of the schemas, no break of what was released
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m schemas.tools.generate --check
	$(BIN)/python -m services.local.openapi --check
	$(BIN)/python -m schemas.tools.gate

schemas: setup ## Write the JSON Schemas, AsyncAPI and OpenAPI anew
	$(BIN)/python -m schemas.tools.generate
	$(BIN)/python -m services.local.openapi

format: setup ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.venv/.fetched: .venv/.synced services/local/kafka.lock.json
	@if [ -z "$$KINERJA_KAFKA" ]; then $(BIN)/kinerja local fetch; fi
	@touch $@

# Python reads .pth files in the locale's encoding: a relative path has no letter that LC_ALL=C cannot read.
.venv/.synced: pyproject.toml uv.lock
	@python=$$($(find_python)); \
	if [ -z "$$python" ]; then \
	  echo "Python 3.11 or newer is needed; none of python3.13, python3.12, python3.11, python3 is. Install one." >&2; \
	  exit 1; \
	fi; \
	is_pinned() { [ "$$("$$1" --version 2>/dev/null | cut -d ' ' -f 2)" = "$(UV_VERSION)" ]; }; \
	uv=uv; \
	if ! is_pinned uv; then \
	  uv=$(OWN_UV); \
	  if ! is_pinned $$uv; then \
	    echo "fetching uv, which installs the rest ..."; \
	    rm -rf .uv; \
	    "$$python" -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install --quiet uv==$(UV_VERSION) \
	    || { rm -rf .uv; "$$python" -m pip install --quiet --target .uv uv==$(UV_VERSION); } \
	    || { echo "uv could not be installed: the messages above say why. If $$python lacks pip and venv, install" \
	         "them (Debian, Ubuntu: the package python3-venv), or install uv yourself; then run make again." >&2; exit 1; }; \
	  fi; \
	fi; \
	[ -w "$${HOME:-/nonexistent}" ] || export UV_CACHE_DIR=.uv/cache; \
	echo "installing the packages of uv.lock into .venv ..."; \
	"$$uv" sync --frozen --all-extras --quiet --python "$$python" && \
	for path in .venv/lib/python3*/site-packages/_editable_impl_kinerja.pth; do echo ../../../.. >"$$path"; done
	@touch $@
