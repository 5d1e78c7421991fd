# Palier: `make demo` to try it, `make test` to test it. Nothing else needs to be installed first
# than git, make and Python 3.11 or later.

PYTHON ?= python3
TOOLS := .tools
UV := $(TOOLS)/bin/uv
BIN := .venv/bin
NLU_BIN := nlu/.venv/bin
# Rasa needs Python 3.10: the one of pyenv when it is there, else one that uv finds or downloads.
PYTHON_3_10 := $(or $(firstword $(wildcard $(HOME)/.pyenv/versions/3.10.*/bin/python)),3.10)
# 3.11 or later for the rest: the one that runs make's python3 if it is recent enough.
PYTHON_ROOT := $(shell $(PYTHON) -c 'import sys; print(sys.executable if sys.version_info >= (3, 11) else "3.11")' 2>/dev/null || echo 3.11)

# Workers share the tests file by file, so that each file keeps its world. The whole waits more than it
# computes: four workers on two processors; the fast part computes: two.
SHARED := --dist loadfile --no-loadscope-reorder

# Each process of Palier would compile our code anew where bytecode is not kept.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install install-tests demo test fast check fix lock model screenshots chats pictograms evaluate faults fuzz audit clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: .venv/.installed nlu/.venv/.installed ## both environments, from their locks

demo: install ## everything on this machine, nothing to configure
	@$(BIN)/palier demo

test: install-tests model ## all checks and all tests
	@$(MAKE) --no-print-directory check
	$(BIN)/pytest -n 4 $(SHARED)

fast: .venv/.installed ## the tests without the slow ones
	$(BIN)/pytest -n 2 $(SHARED) -m "not slow" --ignore tests/scenarios --ignore tests/bench

check: .venv/.installed ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: .venv/.installed ## format and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

model: install ## train the model if its sources changed
	@$(BIN)/palier train

evaluate: install ## what Palier understands, measured: var/evaluation.html (some minutes)
	@$(NLU_BIN)/python -m palier_nlu.evaluate --report var/evaluation.html

faults: install-tests model ## a day under each fault, and what it cost: var/fautes.md (some minutes)
	@$(BIN)/python -m tests.faults

# Where there is a file system in memory, the database lies there: no disk is waited for.
fuzz: model ## 100,000 updates and 6,000 files at random: var/fuzz.md (some tens of minutes)
	@TMPDIR=$$(test -d /dev/shm && echo /dev/shm || echo /tmp) $(BIN)/python -m tests.fuzz

# Needs the network: what could not be looked up fails. The first must be clean. The second reports without
# failing (-): Rasa's last open line pins old parts that no upgrade can replace. docs/dependances.md says of
# each why it cannot be reached; what it does not name there is new, and must be weighed.
audit: $(UV) ## known faults of the locked parts, from the public advisories
	$(UV) tool run pip-audit@2.10.1 --strict --requirement requirements.lock --require-hashes --disable-pip
	-$(UV) tool run pip-audit@2.10.1 --requirement nlu/requirements.lock --require-hashes --disable-pip

install-tests: install ## PostgreSQL and Chromium for the tests, from Debian's packages
	@sh tests/install.sh

screenshots: install-tests ## the pictures of docs/console: every page of the console
	@$(BIN)/python -m tests.browser.screenshots

chats: install-tests model ## the pictures of docs/chats: what tenants read, on the web chat
	@$(BIN)/python -m tests.browser.chats

# Needs Chromium. The drawings are ours; what is sent is the PNG beside each.
pictograms: ## draw the pictograms anew from their SVG
	@cd data/content/pictograms && for drawing in *.svg; do \
	  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --default-background-color=00000000 \
	    --force-device-scale-factor=1 --window-size=256,256 --screenshot="$${drawing%.svg}.png" "file://$$PWD/$$drawing" 2>/dev/null; done

lock: $(UV) ## make both lock files anew
	$(UV) pip compile pyproject.toml --extra dev --python-version 3.11 --universal --generate-hashes --no-emit-index-url -o requirements.lock -q
	cd nlu && ../$(UV) pip compile pyproject.toml --python-version 3.10 --universal --generate-hashes --no-emit-index-url -o requirements.lock -q

clean: ## remove what was installed and made
	rm -rf .venv nlu/.venv $(TOOLS) models var

$(UV):
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv

.venv/.installed: requirements.lock pyproject.toml | $(UV)
	@echo "Installing Palier..."
	@$(UV) venv --quiet --clear --python $(PYTHON_ROOT) .venv
	@VIRTUAL_ENV=.venv $(UV) pip sync --quiet --compile-bytecode --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(UV) pip install --quiet --no-deps --editable .
	@touch $@

nlu/.venv/.installed: nlu/requirements.lock nlu/pyproject.toml | $(UV)
	@echo "Installing the dialogue server (Python 3.10)..."
	@$(UV) venv --quiet --clear --python $(PYTHON_3_10) nlu/.venv
	@VIRTUAL_ENV=nlu/.venv $(UV) pip sync --quiet --compile-bytecode --require-hashes nlu/requirements.lock
	@VIRTUAL_ENV=nlu/.venv $(UV) pip install --quiet --no-deps --editable nlu
	@touch $@
