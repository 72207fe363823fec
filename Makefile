# What a person or a CI does with this project. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
ARGS ?=

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dataset: $(INSTALLED) ## install what is locked and build the dataset into dist/
	$(BIN)/python build_dataset.py $(ARGS)

test: $(INSTALLED) ## install what is locked and run all tests
	$(BIN)/python -m pytest $(ARGS)

check: lint test ## formatting, lint, types, stale documents, and all tests

lint: $(INSTALLED) ## formatting, lint, types and stale documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python build_dataset.py --check

format: $(INSTALLED) ## lay the code out as `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

evidence: $(INSTALLED) ## check every record against the captures in CAPTURES, which are not part of the project
	$(BIN)/python build_dataset.py evidence --captures "$(CAPTURES)"

documents: $(INSTALLED) ## fill the slots of DATASHEET.md; write docs/configuration.md and docs/commands.md anew
	$(BIN)/python build_dataset.py --update-docs
	$(BIN)/python -c "from dataset_packager.describe.reference import configuration_reference as r; print(r(), end='')" > docs/configuration.md
	$(BIN)/python -c "from dataset_packager.command_reference import command_reference as r; print(r(), end='')" > docs/commands.md

fuzz: $(INSTALLED) ## look for bytes that break the build, with atheris and sanitizers, a minute for each target
	cd tests && ../$(BIN)/python -m fuzz $(ARGS)

kernel: $(INSTALLED) ## compile what reads lines for all machines, from kernel.c; installs the Zig compiler
	$(BIN)/python -m pip install --quiet --require-hashes -r packager/requirements-kernel.txt
	$(BIN)/python -m dataset_packager.columns.fast.build

bench: $(INSTALLED) ## measure the build beside other tools and write benchmarks/RESULTS.md; takes long, and 15 GB of disk
	$(BIN)/python -m benchmarks $(or $(ARGS),--all)

bench-engine: $(INSTALLED) ## measure a Dask cluster beside the local pool, into benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks --engine $(ARGS)

report-shots: dataset ## make the screenshots of report.html that the README shows; takes a Chromium on PATH
	$(BIN)/python tests/html_report/shots.py dist/frontline-claims/report.html docs/images

lock: $(INSTALLED) ## renew requirements.txt, and that of new projects, from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet -o requirements.txt
	echo pytest | $(BIN)/uv pip compile pyproject.toml - --constraints requirements.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet \
		-o dataset_packager/new/requirements.txt

clean: ## remove what the targets made, releases too
	rm -rf $(VENV) dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(INSTALLED): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	touch $@

.PHONY: help dataset test check lint format evidence documents fuzz kernel bench bench-engine report-shots lock clean
