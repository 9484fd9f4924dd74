# Needs Python 3.11 or newer with venv and pip, and make. Another interpreter: make PYTHON=python3.12 test
PYTHON ?= python3
SEED ?= 20250101
ROUNDS ?= 10
# The long runs of the balance proof and of the executors: the first seed, and the most seconds.
FIRST ?= 1000
SECONDS ?= 1200
# How many processes the crash test kills over each database.
KILLS ?= 200
# The backfill example: how many events, and by how many processes (as many as there are cores).
EVENTS ?= 100000
WORKERS ?=
# Random walks of two organizations through their books, in each colour.
WALKS ?= 1000
# Pairs of a schema and an event that both executors post.
PAIRS ?= 100000

VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.installed-for-pyproject

BENCH_VENV := .venv-bench
BENCH_STAMP := $(BENCH_VENV)/.installed-for-pyproject

DEMO_VENV := .venv-demo
DEMO_STAMP := $(DEMO_VENV)/.installed
DEMO := simulate examples/runbook/posting-schema.json examples/runbook/event.json \
	--chart examples/runbook/chart.json --tax-profile examples/runbook/tax-profile.json

SOURCES := $(shell find src -type f -not -name '*.py[co]')
CHECKED := src tests examples $(wildcard benchmarks)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test differential proof crash conformance executors backfill backtest lint types bench bench-ledger coverage format docs-check clean new-enough

help:
	@echo "make demo        install the package alone and post the runbook's sale"
	@echo "make test        format, lint, types, tests and the code in the documents"
	@echo "make differential  tax against a second implementation: $$(($(ROUNDS) * 20000)) documents"
	@echo "make proof       balance proofs against brute force: 10,000 events for each rule"
	@echo "make crash       kill $(KILLS) processes that post over each database, and look at the books"
	@echo "make conformance  $(WALKS) random walks through the books, compared with a model"
	@echo "make executors   $(PAIRS) pairs of a schema and an event through both executors"
	@echo "make backfill    post $(EVENTS) events by several processes, and audit what came out"
	@echo "make backtest    post them by two schemas on a Dask cluster, and tell what differs"
	@echo "make bench       measure every row of docs/performance.md, peers included"
	@echo "make bench-ledger  what storage adds to posting"
	@echo "make coverage    run the tests and show the branches they miss"
	@echo "make format      write the formatting that make test asks for"
	@echo "make docs-check  links, tables and code blocks of the documents"
	@echo "make clean       remove what these commands made"

new-enough:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
	"hera_engine needs Python 3.11 or newer; name one: make PYTHON=python3.12 ...")'

$(STAMP): pyproject.toml | new-enough
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable '.[dev]'
	@touch $@

# Not an editable installation: the demo shows what the built package does.
$(DEMO_STAMP): pyproject.toml $(SOURCES) | new-enough
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_VENV)/bin/python -m pip install --quiet --force-reinstall .
	@touch $@

demo: $(DEMO_STAMP)
	$(DEMO_VENV)/bin/python -m hera_engine $(DEMO)

# One process per core; a test runs in whichever is free.
test: lint types
	$(RUN) -m pytest --quiet --randomly-seed=$(SEED) --numprocesses=auto --dist=worksteal

# Each round is 5,000 documents for each test, with a seed of its own: taxes, shares and coins under
# components, and taxes under rates.
differential: $(STAMP)
	@set -e; for seed in $$(seq $(ROUNDS)); do \
		$(RUN) -m pytest --quiet -p no:randomly --hypothesis-profile=differential \
		--hypothesis-seed=$$seed --hypothesis-show-statistics tests/laws/test_differential.py; done

# Rules by seed, from FIRST on, as many as fit in SECONDS; what is wrong is shown with its seed.
proof: $(STAMP)
	$(RUN) -m tests.laws.brute_proof $(FIRST) 1000000 10000 $(SECONDS)

crash: $(STAMP)
	$(RUN) -m tests.storage.crashes $(KILLS)

conformance: $(STAMP)
	$(RUN) -m tests.storage.long_walk $(WALKS)

# Schemas by seed, from FIRST on, with 50 events each; what differs is shown with its seed.
executors: $(STAMP)
	$(RUN) -m tests.executors.long_run $(PAIRS) $(FIRST) $(SECONDS)

# A run that was stopped goes on when it is made again; make clean removes its files.
BACKFILL := build/backfill/$(EVENTS)
EVENT_FILES := $(BACKFILL)/made

$(EVENT_FILES): examples/backfill/events.py | $(STAMP)
	rm -rf $(BACKFILL)
	$(RUN) -m examples.backfill make $(BACKFILL)/events --events $(EVENTS)
	@touch $@

backfill: $(EVENT_FILES)
	$(RUN) -m examples.backfill post $(BACKFILL)/events $(BACKFILL)/run $(WORKERS:%=--workers %)
	$(RUN) -m examples.backfill audit $(BACKFILL)/events $(BACKFILL)/run $(WORKERS:%=--workers %) --repost

backtest: $(EVENT_FILES)
	$(RUN) -m examples.backfill backtest $(BACKFILL)/events $(BACKFILL)/backtest --cluster $(or $(WORKERS),2)
	$(RUN) -m examples.backfill audit $(BACKFILL)/events $(BACKFILL)/backtest $(WORKERS:%=--workers %)

lint: $(STAMP)
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .

types: $(STAMP)
	$(RUN) -m mypy $(CHECKED)

# The packages that hera_engine is compared with have an environment of their own.
$(BENCH_STAMP): pyproject.toml | new-enough
	$(PYTHON) -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --editable '.[bench]'
	@touch $@

# The figures go into docs/performance.md: commit them from an idle machine only.
bench: $(BENCH_STAMP)
	$(BENCH_VENV)/bin/python -m benchmarks --out benchmarks/figures.jsonl
	$(BENCH_VENV)/bin/python -m benchmarks --render benchmarks/figures.jsonl

bench-ledger: $(STAMP)
	$(RUN) -m benchmarks.bench_ledger

coverage: $(STAMP)
	$(RUN) -m coverage run -m pytest --quiet --randomly-seed=$(SEED)
	$(RUN) -m coverage report

format: $(STAMP)
	$(RUN) -m ruff check --fix --select I .
	$(RUN) -m ruff format .

docs-check: $(STAMP)
	$(RUN) -m pytest --quiet --randomly-seed=$(SEED) README.md docs tests/documents

clean:
	rm -rf $(VENV) $(BENCH_VENV) $(DEMO_VENV) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks -type d -name __pycache__ -prune -exec rm -rf {} +
