# Needs python3.11 or newer with its venv module, and pip's index. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo docs test core check gates lowest distribution constraints bench attack fuzz selftest selftest-page ground-truth same relays peers pictures clean

PYTHON ?= $(firstword $(shell command -v python3.11 python3.12 python3.13 python3) python3)
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The versions that continuous integration uses; `make CONSTRAINTS=/dev/null` takes the newest.
CONSTRAINTS ?= .ci/constraints.txt
REPORT := report
LOWEST_VENV := $(VENV)-lowest
LOWEST := $(LOWEST_VENV)/.installed
# The tests by which packages must be covered. Nothing is watched in the others: that would slow them down.
LAYERS := tests/wire tests/fsm tests/upper_layer tests/transport tests/acse tests/dimse
WATCHED := $(LAYERS) tests/conformance/judge $(patsubst %,tests/conformance/test_%.py,advice causes same_verdicts thorough_verdicts upper_tester)
CORE := $(LAYERS) tests/archive \
  tests/cli/test_command_line.py tests/cli/commands/test_explain_command.py tests/cli/commands/test_decode_command.py \
  tests/conformance/test_exit_statuses.py
# Each worker and each command of the tests would compile every module again if none may be kept.
unexport PYTHONDONTWRITEBYTECODE
# Most tests wait for what a peer does, or does not do: more of them than processors run side by side.
PYTEST := $(BIN)/pytest -n 6 --dist worksteal
LISTED := PYTHONPATH=tests $(BIN)/python -m support.peers.catalogue
# Packages that the tests must cover whole, and those of which 95 % will do, each by itself; lines and branches.
COVERED_WHOLE := fsm upper_layer
COVERED_WELL := wire acse dimse conformance/judge
covered = $(BIN)/coverage report --skip-covered --show-missing --fail-under=$(1) --include='src/dulcimer/$(2)/*'

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile | expand -t 16

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "dulcimer needs Python 3.11 or newer; '$(PYTHON)' is not. Install one, or name it: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "'$(PYTHON) -m venv' failed. On Debian and Ubuntu: apt-get install python3-venv"; rm -rf $(VENV); exit 2; }

$(RUNTIME): pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(PIP) install --constraint $(CONSTRAINTS) --editable .
	@touch $@

$(DEVELOPMENT): pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(PIP) install --constraint $(CONSTRAINTS) --editable '.[dev]'
	@touch $@ $(RUNTIME)

demo: $(RUNTIME)  ## check dulcimer's own server against the standard; reports go to report/
	@mkdir -p $(REPORT)
	$(BIN)/dulcimer check --embedded --json $(REPORT)/check.json --html $(REPORT)/check.html \
	  --junit $(REPORT)/check.xml --markdown $(REPORT)/check.md --pcap $(REPORT)/captures | tee $(REPORT)/check.txt
	@echo "The reports are in $(REPORT)/: check.html in a browser, captures/ in Wireshark, check.txt, .md, .json, .xml"

test: $(DEVELOPMENT)  ## run the tests; the machine and the provider must be covered whole, the bytes nearly so
	$(PYTEST) $(patsubst %,--cov=src/dulcimer/%,$(COVERED_WHOLE) $(COVERED_WELL)) --cov-branch --cov-report= $(WATCHED)
	$(foreach package,$(COVERED_WHOLE),$(call covered,100,$(package)) &&) true
	$(foreach package,$(COVERED_WELL),$(call covered,95,$(package)) &&) true
	$(PYTEST) $(patsubst %,--ignore=%,$(WATCHED))

core: $(DEVELOPMENT)  ## run the core of the tests, which needs no peer, in a minute or two
	$(BIN)/pytest -n 2 $(CORE)

docs: $(DEVELOPMENT)  ## build the site into docs/_build/html: every state, event, cell, PDU and rule has a page
	$(BIN)/python -m sphinx --nitpicky --fail-on-warning --jobs auto --quiet -b html docs docs/_build/html
	@echo "The site is in docs/_build/html/: open index.html in a browser"

check: gates docs test  ## every gate: those of `gates`, the site, then the tests

gates: $(DEVELOPMENT)  ## generated files fresh, format, lint, types, layers
	$(BIN)/python -m codegen --check
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

lowest: $(LOWEST)  ## run the core of the tests with the lowest versions of the dependencies that are allowed
	$(LOWEST_VENV)/bin/pytest -n 2 -p no:cacheprovider $(CORE)

$(LOWEST): pyproject.toml tests/support/lowest_versions.py | $(BIN)/python
	@$(BIN)/python -m venv --clear $(LOWEST_VENV)
	$(LOWEST_VENV)/bin/python -m pip --disable-pip-version-check --quiet install $$($(BIN)/python tests/support/lowest_versions.py) --editable '.[dev]'
	@touch $@

distribution: $(BIN)/python  ## build the source distribution and the wheel; gates and core of the tests in the first, unpacked
	.ci/distribution

constraints:  ## write .ci/constraints.txt again, with the newest versions
	@rm -rf $(VENV)-newest
	@$(MAKE) --no-print-directory VENV=$(VENV)-newest CONSTRAINTS=/dev/null $(VENV)-newest/.installed-development
	@{ sed -n '/^#/p' .ci/constraints.txt; $(VENV)-newest/bin/pip freeze --exclude-editable; } > $(VENV)-newest/constraints.txt
	@mv $(VENV)-newest/constraints.txt .ci/constraints.txt
	@rm -rf $(VENV)-newest

bench: $(DEVELOPMENT)  ## measure dulcimer, pynetdicom and DCMTK side by side
	$(BIN)/python tests/benchmarks/run.py

attack: $(DEVELOPMENT)  ## attack our own server; what do other clients feel? FAMILIES=... for some
	$(BIN)/python tests/attack/run.py $(FAMILIES)

fuzz: $(DEVELOPMENT)  ## fuzz our own readers: SECONDS=60 SEED=0 SURFACE=... ENGINE=atheris, or REPLAY=FILE
	PYTHONPATH=tests $(BIN)/python -m self_fuzz $(if $(REPLAY),--replay $(REPLAY),--seconds $(or $(SECONDS),60) \
	  --seed $(or $(SEED),0) --engine $(or $(ENGINE),operators) $(SURFACE:%=--surface %) $(JOBS:%=-j%))

selftest: $(RUNTIME)  ## check our own ends with one cell of Table 9-10 wrong at a time: is each wrong cell seen?
	PYTHONPATH=tests $(BIN)/python -m selftest

selftest-page: $(RUNTIME)  ## the same, and write its kill table to docs/conformance/self_test.md
	PYTHONPATH=tests $(BIN)/python -m selftest --write-docs docs/conformance/self_test.md

ground-truth: $(DEVELOPMENT)  ## fuzz targets with one planted fault each, two at a time, and write docs/fuzzing/ground_truth.md (up to half an hour)
	PYTHONPATH=tests $(BIN)/python -m support.fuzz.ground_truth --write-docs docs/fuzzing/ground_truth.md $(SEED:%=--seed %)

pictures: $(DEVELOPMENT)  ## pictures of the explorer to look at, light, dark, on a phone, on paper: report/pictures/index.html
	PYTHONPATH=tests $(BIN)/python -m support.browser.pictures $(REPORT)/pictures

same: $(DEVELOPMENT)  ## check every peer twice: does a verdict flip, or differ from its baseline?
	PYTHONPATH=tests $(BIN)/python -m support.conformance.compare_runs --peer all

relays: $(DEVELOPMENT)  ## servers with one changed behaviour each, behind a relay: does the whole check find it? (takes long)
	PYTHONPATH=tests $(BIN)/python -m support.conformance.relay_mutants

peers: $(DEVELOPMENT)  ## say which peers are installed; as root, get the missing ones with apt
	@$(LISTED) || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then .ci/install-peers && $(LISTED); else exit 1; fi; }

clean:  ## remove the environment, caches and reports
	rm -rf $(VENV) $(LOWEST_VENV) $(VENV)-newest $(REPORT) docs/_build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
