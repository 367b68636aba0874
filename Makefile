# Two commands on a fresh machine: `make demo` and `make test`. They set up what they need.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# A PyTorch index of CPU builds may be given: make demo TORCH_INDEX=<address of PyTorch's CPU index>
TORCH_INDEX ?=
TORCH_FROM := $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),)

.DEFAULT_GOAL := help
.PHONY: help demo test check serve bench docs screens clean

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

$(VENV)/core: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet $(TORCH_FROM) --constraint requirements.lock torch==2.13.0
	$(PIP) install --quiet --constraint requirements.lock --editable .
	@touch $@

$(VENV)/dev: $(VENV)/core
	$(PIP) install --quiet --constraint requirements.lock --editable '.[dev]'
	@touch $@

demo: $(VENV)/core  ## explained matches on the sample organisations
	$(BIN)/maillon demo

test: $(VENV)/dev  ## every test
	$(BIN)/python -m pytest

check: $(VENV)/dev  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check

serve: $(VENV)/dev  ## the HTTP service on 127.0.0.1:8000
	$(BIN)/uvicorn --factory service.app:create_app --host 127.0.0.1 --port 8000

bench: $(VENV)/dev  ## the sample benchmark: our ranking beside the baselines
	$(BIN)/python -m benchmarks.sample

docs: $(VENV)/dev  ## rewrite the generated reference
	$(BIN)/python -m docs.generate

screens: $(VENV)/dev  ## take the pictures of the pages again (docs/screens; needs chromium)
	MAILLON_SCREENS=1 $(BIN)/python -m pytest tests/browser/test_every_page.py -k fits

clean:  ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
