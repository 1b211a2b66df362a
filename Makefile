# `make demo` and `make test` do all the set-up by themselves, into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
SHELL := /bin/bash

.PHONY: demo test lint types results wheel clean help

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 demo" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(INSTALLED)  ## index the bundled sample and ask it three questions
	$(BIN)/qa index sample --store demo.qa
	$(BIN)/qa ask "Is the bass any good?" --item HP-100 --store demo.qa
	$(BIN)/qa ask "Is it good for reading?" --item ER-610 --store demo.qa
	$(BIN)/qa ask "Does it come with a spare battery?" --item DL-630 --store demo.qa
	@echo "The page to ask more on: $(BIN)/qa ui --store demo.qa"

test: lint types  ## everything that needs no server and no browser; with them, those too
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# The folders are mapped into one package at build time, so types are checked on what is built.
types: $(INSTALLED)
	rm -rf build
	$(BIN)/pip install --quiet --no-deps --target build/types .
	cd build/types && ../../$(BIN)/mypy --config-file ../../pyproject.toml

results: $(INSTALLED)  ## ask what docs/results.md is made of, and make it
	$(BIN)/python docs/make_results.py

wheel: $(INSTALLED)  ## build the wheel, and that of the generator's weights, into dist/
	rm -rf build
	$(BIN)/python -m build --wheel
	$(BIN)/python -m build --wheel --outdir dist distributions/generator

clean:  ## remove what was built, not the virtual environment
	rm -rf build dist *.egg-info demo.qa .mypy_cache .pytest_cache .ruff_cache .hypothesis
