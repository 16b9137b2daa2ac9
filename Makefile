# The two commands of the README are `make demo` and `make test`; `make help` lists all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
GENOME ?=
EXECUTOR ?= local
GENOMES ?= 500
FILES ?= 500
STRAINS ?= 300
# A file name may hold an apostrophe.
quoted = $(subst ','\'',$(1))
# Tests that share no server, two at a time; then those on a cluster, which mostly wait for it, beside all others.
QUICK := tests/unit tests/web tests/pipeline
CLUSTER := tests/slurm tests/e2e
PARITY_DATA ?= $(wildcard ../shared/data/digger)
# Those on the PATH, else those of pyenv.
WHEEL_PYTHONS ?= $(shell for minor in 11 12 13; do \
	for python in python3.$$minor "$$HOME"/.pyenv/versions/3.$$minor.*/bin/python3; do \
	"$$python" -c '' 2>/dev/null && command -v "$$python" && break; done; done)

.DEFAULT_GOAL := help
.PHONY: help references demo test test-cluster test-others test-long test-browser-large test-generations crash-tables parity many-genomes generated lint types layers check wheel coverage notebooks pictures hooks dev up cluster bench constraints sbom clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

# The environment is made once, and again when what it is made from changes.
$(VENV)/.portal: setup.cfg setup.py pyproject.toml locked/portal.txt
	tools/make-venv $(PYTHON) $(VENV) portal
	@touch $@

$(VENV)/.test: $(VENV)/.portal locked/test.txt
	tools/make-venv $(PYTHON) $(VENV) test
	@touch $@

demo: $(VENV)/.portal ## run a genome through the whole portal: GENOME=file EXECUTOR=slurm
ifeq ($(EXECUTOR),slurm)
	@tools/debian-packages tests/cluster/packages.txt
	@$(BIN)/python -m tests.cluster run -- env EXECUTOR=slurm $(BIN)/btportal demo $(if $(GENOME),--genome '$(call quoted,$(GENOME))')
else
	@EXECUTOR=$(EXECUTOR) $(BIN)/btportal demo $(if $(GENOME),--genome '$(call quoted,$(GENOME))')
endif

test: $(VENV)/.test ## everything that must hold: lint, types, layers, all tests but four long ones (test-long)
	tools/debian-packages tests/packages.txt tests/cluster/packages.txt
	$(MAKE) --no-print-directory check
	$(BIN)/btportal reference fetch --dir var/references
	status=0; \
	$(BIN)/python -m pytest -m 'not long' -n 2 --dist loadfile $(QUICK) || status=1; \
	$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target test-cluster test-others || status=1; \
	exit $$status
	$(if $(PARITY_DATA),$(MAKE) --no-print-directory parity,@echo 'Not run, for want of PARITY_DATA: make parity')

test-cluster: $(VENV)/.test ## of `make test` what runs on a private SLURM and on processes that are killed
	tools/debian-packages tests/packages.txt tests/cluster/packages.txt
	$(BIN)/python -m pytest -m 'not long' $(CLUSTER)

test-others: $(VENV)/.test ## of `make test` what runs in Chromium and in the clients
	tools/debian-packages tests/packages.txt tests/cluster/packages.txt
	$(BIN)/python -m pytest -m 'not long' $(addprefix --ignore=,$(QUICK) $(CLUSTER))

test-long: $(VENV)/.test ## what waits for SLURM most of a minute, and that `make test` leaves out (four minutes)
	tools/debian-packages tests/cluster/packages.txt
	$(BIN)/python -m pytest -m long

test-browser-large: $(VENV)/.test ## in Chromium: 500 files in one go, the grid of 300 strains; FILES=1000 STRAINS=1000
	tools/debian-packages tests/packages.txt
	FILES=$(FILES) STRAINS=$(STRAINS) $(BIN)/python -m pytest -v --durations=0 --timeout 1200 tests/browser/test_many_files.py tests/browser/test_grid.py
	$(BIN)/python -m bench.grid --strains $(STRAINS)

test-generations: $(VENV)/.test ## tests/slurm and the cluster's e2e tests on SLURM of Debian 12, 13 and sid (root, debootstrap; an hour)
	tools/debian-packages tests/cluster/packages.txt tests/generations/packages.txt
	$(BIN)/python -m tests.generations

crash-tables: $(VENV)/.test ## kill the poller at every step, on this machine and on a private SLURM, there also for 80 s (half an hour)
	tools/debian-packages tests/cluster/packages.txt
	$(BIN)/python -m tests.e2e.crash_table local
	$(BIN)/python -m tests.e2e.crash_table slurm
	$(BIN)/python -m tests.e2e.crash_table slurm 80

parity: $(VENV)/.test ## against recorded output of BtToxin_Digger: PARITY_DATA=folder (see tests/parity/data.py)
	PARITY_DATA='$(call quoted,$(abspath $(PARITY_DATA)))' $(BIN)/python -m pytest tests/parity

many-genomes: $(VENV)/.test ## 500 genomes of one submission: tables, comparison, archive, memory of the web process; GENOMES=1000
	GENOMES=$(GENOMES) $(BIN)/python -m pytest -v --timeout 1800 --durations=0 tests/client/test_all_at_once.py

generated: $(VENV)/.test ## what tools of the npm registry make of the OpenAPI document; needs Node.js
	$(BIN)/python -m pytest tests/generated

check: lint types layers ## what needs no server: lint, types, layers

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

layers: $(VENV)/.test
	$(BIN)/lint-imports

wheel: $(VENV)/.test ## the wheel by itself, in a fresh environment of each Python 3.11 to 3.13 that is here
	@echo 'with: $(WHEEL_PYTHONS)'
	WHEEL_PYTHONS='$(WHEEL_PYTHONS)' $(BIN)/python -m pytest tests/e2e/test_wheel.py

coverage: $(VENV)/.test ## branches that the quick tests miss: a table, and pages in var/coverage/html
	@mkdir -p var/coverage
	$(BIN)/python -m pytest -q -m 'not speed' --cov --cov-report=term --cov-report=html tests/unit tests/contract tests/web tests/pipeline

notebooks: $(VENV)/.test ## run the notebooks of docs/use and keep their outputs
	$(BIN)/btportal reference fetch --dir var/references
	$(BIN)/python -m tests.e2e.notebooks

pictures: $(VENV)/.test ## make the pictures of docs/screenshots anew, in Chromium
	tools/debian-packages tests/packages.txt
	$(BIN)/python -m tests.browser.pictures

hooks: $(VENV)/.test ## check before each commit what takes seconds, and before each push what takes a minute
	$(BIN)/pre-commit install --install-hooks -t pre-commit -t pre-push

# The pipeline needs a reference; the portal itself never downloads one.
references: $(VENV)/.portal ## fetch the toxin reference that `make up` uses, if there is none yet
	@test -e "$${REFERENCE_DIR:-var/references}/current" || $(BIN)/btportal reference fetch --dir "$${REFERENCE_DIR:-var/references}"

dev: references ## a reloading development server with its poller
	$(BIN)/btportal up --reload

up: references ## the portal on this machine
	$(BIN)/btportal up

cluster: $(VENV)/.portal ## a private SLURM to try things on; says how to use and to end it
	tools/debian-packages tests/cluster/packages.txt
	$(BIN)/python -m tests.cluster up

bench: $(VENV)/.test ## all benchmarks: a table each, JSON in var/bench
	tools/debian-packages tests/packages.txt bench/packages.txt
	tools/make-venv $(PYTHON) $(VENV) bench
	$(BIN)/python -m bench

var/tools/release/.made: locked/release.txt
	$(PYTHON) -m venv var/tools/release
	var/tools/release/bin/python -m pip install -qq --require-hashes --no-deps -r locked/release.txt
	@touch $@

constraints: var/tools/release/.made ## write locked/*.txt anew from constraints.txt; NEWEST=1 takes newest versions first
	tools/lock var/tools/release/bin/uv $(NEWEST)

sbom: var/tools/release/.made ## what the portal is made of, as CycloneDX, in var/sbom.cdx.json
	var/tools/release/bin/cyclonedx-py requirements locked/portal.txt --output-reproducible -o var/sbom.cdx.json

clean: ## remove the environment and everything that the portal made below this folder
	rm -rf $(VENV) var build *.egg-info
