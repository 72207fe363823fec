# What a person or a CI does with this dataset and with its packager. `make help` lists the targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEVELOP := $(VENV)/.develop
LOCK := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--no-emit-find-links --quiet
ARGS ?=

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dataset: $(INSTALLED) ## install what a build takes and build the dataset into dist/
	$(BIN)/python build_dataset.py $(ARGS)

test: test-dataset test-packager ## install what development takes and run all tests, with ARGS for pytest

test-dataset: $(DEVELOP) ## run the dataset's tests
	$(BIN)/python -m pytest $(ARGS)

test-packager: $(DEVELOP) ## run the packager's tests
	cd packager && ../$(BIN)/python -m pytest $(ARGS)

check: lint test ## formatting, lint, types, stale documents, and all tests

lint: $(DEVELOP) ## formatting, lint, types and stale documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python build_dataset.py --check

format: $(DEVELOP) ## lay the code out as `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

evidence: $(INSTALLED) ## check every record against the captures in CAPTURES, which are not part of the project
	$(BIN)/python build_dataset.py evidence --captures "$(CAPTURES)"

documents: $(INSTALLED) ## fill the slots of DATASHEET.md; write the references of commands, configuration and findings anew
	$(BIN)/python build_dataset.py --update-docs
	$(BIN)/python -c "from dataset_packager.documents.config_reference import configuration_reference as r; print(r(), end='')" > packager/docs/configuration.md
	$(BIN)/python -c "from dataset_packager.cli.commands_reference import command_reference as r; print(r(), end='')" > packager/docs/commands.md
	$(BIN)/python -c "from dataset_packager.documents.findings_reference import findings_reference as r; print(r(), end='')" > packager/docs/findings.md
	$(BIN)/python -c "from dataset_packager.documents.findings_reference import CONTRACT as c, finding_contract as r; c.write_text(r(), 'utf-8')"

fuzz: $(DEVELOP) ## look for bytes that break the build, with atheris and sanitizers, a minute for each target
	cd packager/tests && ../../$(BIN)/python -m fuzz $(ARGS)

kernel: $(DEVELOP) ## compile what reads lines for all machines, from kernel.c; installs the Zig compiler
	$(BIN)/python -m pip install --quiet --require-hashes -r packager/requirements-kernel.txt
	$(BIN)/python -m dataset_packager.columns.fast.compile_kernel

bench: $(DEVELOP) ## measure the build beside other tools and write packager/benchmarks/RESULTS.md; takes long, and 15 GB of disk
	cd packager && ../$(BIN)/python -m benchmarks $(or $(ARGS),--all)

bench-engine: $(DEVELOP) ## measure a Dask cluster beside the local pool, into packager/benchmarks/RESULTS.md
	cd packager && ../$(BIN)/python -m benchmarks --engine $(ARGS)

report-shots: dataset $(DEVELOP) ## make the screenshots of report.html that the README shows; takes a Chromium on PATH
	$(BIN)/python packager/tests/documents/report/shots.py dist/frontline-claims/report.html docs/images

# A lock keeps the versions that it has, as long as they fit; `make lock UPGRADE=--upgrade` takes the newest.
# What a build takes and what new projects take are held to the versions that are tested.
lock: $(DEVELOP) ## renew the locks of a build, of development and of new projects from both pyproject.toml
	$(BIN)/uv pip compile packager/pyproject.toml --all-extras --group dev $(UPGRADE) $(LOCK) -o requirements-dev.txt
	$(BIN)/uv pip compile packager/pyproject.toml --group captures --constraints requirements-dev.txt \
		$(LOCK) -o requirements.txt
	echo pytest | $(BIN)/uv pip compile packager/pyproject.toml --extra new - --constraints requirements-dev.txt \
		$(LOCK) -o packager/src/dataset_packager/scaffold/requirements.txt

clean: ## remove what the targets made, releases too
	rm -rf $(VENV) dist build packager/build packager/src/*.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis packager/.pytest_cache packager/.hypothesis

$(INSTALLED): requirements.txt packager/pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable packager
	touch $@

$(DEVELOP): requirements-dev.txt $(INSTALLED)
	$(BIN)/python -m pip install --quiet --no-compile --require-hashes -r requirements-dev.txt
	touch $@

.PHONY: help dataset test test-dataset test-packager check lint format evidence documents fuzz kernel bench bench-engine \
	report-shots lock clean
