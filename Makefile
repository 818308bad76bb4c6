# One place for the four things anybody does here; `make help` lists them.
# Needs make and Python 3.11 or newer. Everything else goes into .venv, pinned by constraints.txt.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
ifndef PYTHON
PYTHON := $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; break; }; done)
endif
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt

# What the system must have: shared libraries of the PDF writer, a Chinese font, and for the tests a browser.
SYSTEM_REPORT := fonts-wqy-microhei libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
SYSTEM_TEST := $(SYSTEM_REPORT) chromium postgresql

export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PYTHONUTF8 := 1

.PHONY: help report test corpora lab bench
.DEFAULT_GOAL := help

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

report: $(VENV)/.report  ## classify the demo's real customers; the last line is the page to open
	@$(BIN)/seglib demo

test: $(VENV)/.test  ## every check and the tests
	@echo "== ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "== mypy"; $(BIN)/mypy
	@echo "== import-linter"; $(BIN)/lint-imports --no-logo
	@echo "== pytest"; $(BIN)/python -m pytest -n 2 --dist loadfile --nbval-lax --nbval-current-env

corpora: $(VENV)/.test  ## the tests that read whole corpora: odd files, null worlds, every page in a browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m corpus

lab: $(VENV)/.lab  ## open JupyterLab on a copy of the notebooks
	@$(BIN)/seglib lab

bench: $(VENV)/.report  ## ratios against other packages, on made data
	@$(BIN)/python -m benchmarks

# A stamp says that an install is done; it is redone when the list or the pins change.
$(VENV)/.report: $(VENV)/.base
	@$(call system,$(SYSTEM_REPORT))
	@touch $@

$(VENV)/.test: $(VENV)/.base
	@$(call system,$(SYSTEM_TEST))
	@echo "Adding what the tests need ..."
	@$(PIP) --editable '.[test]'
	@touch $@

$(VENV)/.lab: $(VENV)/.base
	@echo "Adding JupyterLab ..."
	@$(PIP) --editable '.[lab]'
	@touch $@

$(VENV)/.base: pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then \
		echo "seglib needs Python 3.11 or newer and found none. Install it, or name it: make report PYTHON=/path/to/python3" >&2; exit 2; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "seglib needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make report PYTHON=/path/to/python3" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { $(call system,python3-venv); }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments: install its venv package (Debian: apt-get install python3-venv), then run make again." >&2; exit 2; }
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@"$(PYTHON)" -m venv $(VENV)
	@$(PIP) --editable '.[pdf,office]'
	@touch $@

# Installs the missing ones of $(1) where that is possible without asking: as root on Debian. Elsewhere the
# reports come without them, and `seglib doctor` names the command that adds them.
define system
if [ "$$(id -u)" = 0 ] && grep -qs '^ID=debian$$' /etc/os-release && command -v dpkg-query >/dev/null; then \
	missing=""; \
	for each in $(1); do \
		dpkg-query -W -f='$${Status}' "$$each" 2>/dev/null | grep -q 'install ok installed' || missing="$$missing $$each"; \
	done; \
	if [ -n "$$missing" ]; then \
		echo "Installing system packages:$$missing ..."; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing; } \
			>$${TMPDIR:-/tmp}/seglib-apt.log 2>&1 </dev/null \
			|| echo "They could not be installed; run '$(BIN)/seglib doctor' to see what works without them." >&2; \
	fi; \
elif [ ! -e $(VENV)/.noted ]; then \
	mkdir -p $(VENV); touch $(VENV)/.noted; \
	echo "System packages are left to you here; '$(BIN)/seglib doctor' says what is missing and how to add it."; \
fi
endef
