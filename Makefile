# `make reports` and `make test` set everything up by themselves; nothing else is needed than Python 3.11, pip and make.

PYTHON ?= $(firstword $(foreach p,python3.11 python3 python3.12 python3.13,$(shell command -v $(p) 2>/dev/null)))
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help reports test check verify check-fast bench fuzz format clean
.DEFAULT_GOAL := help

help:
	@echo "make reports     set up, run every analysis, write reports/"
	@echo "make test        set up, then everything that proves the project"
	@echo "make check-fast  the same without regenerating reports"
	@echo "make bench       time each task beside R's metafor and the Python peers that are installed"
	@echo "make fuzz        mutated files for minutes: METAK2_FUZZ_SEED, METAK2_FUZZ_EXAMPLES; atheris for SECONDS"
	@echo "make format      format the code"

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python was found. Install Python 3.11 or newer, then run make again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "metak2 needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)."; \
	  echo "Install a newer one and run: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  echo "The Python module venv is missing or broken (on Debian: apt-get install python3-venv)."; exit 1; }
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt hatchling editables
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable ".[dev]"
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib metak2 >/dev/null 2>&1 || true
	@touch $@

reports: $(READY)
	$(BIN)/metak2 run --out reports analyses

test: check verify

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2

verify: $(READY)
	$(BIN)/metak2 verify analyses reports

check-fast: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 -m "not slow"

bench: $(READY)
	$(BIN)/python -m benchmarks.run

SECONDS ?= 300
fuzz: $(READY)
	METAK2_FUZZ_SEED=$${METAK2_FUZZ_SEED:-$$(date +%s)} METAK2_FUZZ_EXAMPLES=$${METAK2_FUZZ_EXAMPLES:-5000} \
	  $(BIN)/python -m pytest -q -n 0 tests/studies/gate/test_fuzz.py
	$(BIN)/python -m pip install --quiet "atheris>=3.0"
	$(BIN)/python -m tests.studies.gate.coverage_fuzz -max_total_time=$(SECONDS)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
