# Two commands from a fresh clone: make cycle, make test. Python 3.11 or newer is all that must be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOLS := .venv-tools
TOOLS_READY := $(TOOLS)/.ready
COMPANY ?= params/brewline.yaml
export SOPBENCH_REAL_DATA ?= ../shared/data

.PHONY: cycle test test-long present lab bench bench-meetings bench-gather bench-cleaning bench-speed bench-accuracy bench-supply bench-presop bench-kills bench-dask bench-scale bench-replay notebooks lint lock audit clean

cycle: $(READY)
	@$(BIN)/sopbench run $(COMPANY)

test: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest -m "not long" -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

test-long: $(READY)
	@HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest -m "long or drawn"

present: $(READY)
	@$(BIN)/sopbench present $(COMPANY)

lab: $(READY)
	@$(BIN)/sopbench lab $(COMPANY)

bench: bench-speed bench-accuracy bench-cleaning bench-supply bench-presop bench-meetings
	@$(BIN)/python benchmarks/cycle_time.py

bench-speed: $(READY)
	@$(BIN)/python -W ignore benchmarks/forecast_speed.py

bench-accuracy: $(READY)
	@$(BIN)/python -W ignore benchmarks/forecast_accuracy.py

bench-gather: $(READY)
	@$(BIN)/python benchmarks/gather_speed.py

bench-cleaning: $(READY)
	@$(BIN)/python benchmarks/cleaning_truth.py

bench-supply: $(READY)
	@$(BIN)/python -W ignore benchmarks/supply_speed.py
	@$(BIN)/python -W ignore benchmarks/what_if.py

bench-presop: $(READY)
	@$(BIN)/python -W ignore benchmarks/scenarios.py
	@$(BIN)/python -W ignore benchmarks/risk.py

bench-kills: $(READY)
	@$(BIN)/python -W ignore benchmarks/kills.py

bench-dask: $(READY)
	@$(BIN)/python -W ignore benchmarks/dask_ratio.py

bench-scale: $(READY)
	@$(BIN)/python -W ignore benchmarks/scale.py

bench-replay: $(READY)
	@$(BIN)/python -W ignore benchmarks/replay_growth.py

bench-meetings: cycle
	@$(BIN)/python benchmarks/meetings.py $(COMPANY)

# The notebooks in the tree as the last run of the example company left them.
notebooks: $(READY)
	@$(BIN)/python tests/notebooks/save_outputs.py $(COMPANY)

lint: $(READY)
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

# Exact versions of everything with the hashes of their files, for every Python from 3.11 on; tools.lock has what does it.
COMPILE := $(TOOLS)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links -q

lock: $(TOOLS_READY)
	@$(COMPILE) --extra dev pyproject.toml -o requirements.lock
	@$(COMPILE) --group tools -o tools.lock

# Known vulnerabilities and licences of what is locked. Exit code 0: nothing found; 1: something; 2: not checked.
audit: $(READY) $(TOOLS_READY)
	@$(BIN)/python tests/audit.py $(TOOLS)/bin/pip-audit

clean:
	@rm -rf $(VENV) $(TOOLS)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("sopbench needs Python 3.11 or newer; try: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) (once, about two minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

$(TOOLS_READY): tools.lock
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r tools.lock
	@touch $(TOOLS_READY)
