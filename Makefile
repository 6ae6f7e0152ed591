# make run    speak the 44 English phonemes, print where the report is
# make lab    open JupyterLab on the notebooks
# make review the listening desk, for authors who never see code
# make test   style, types, layers and the test suite
# make bench  the tables of figures
# make soak   200 killed runs, 8 processes at one table; some minutes, writes docs/soak.md
# make lock   refresh requirements.lock after changing pyproject.toml

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

.PHONY: run lab review test lint bench soak lock clean

run: $(VENV)/.ready
	@$(BIN)/voicemill run 01_phonemes

lab: $(VENV)/.ready
	@$(BIN)/jupyter lab notebooks

review: $(VENV)/.ready
	@$(BIN)/voila notebooks/03_review.ipynb

test: $(VENV)/.ready-dev lint
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.ready-dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.ready-dev
	@$(BIN)/python -m benchmarks

soak: $(VENV)/.ready-dev
	@$(BIN)/pytest tests/soak/soak.py

$(VENV)/.ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Voicemill needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.12 run" % sys.version.split()[0])'
	@echo "Setting up Voicemill in $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@

lock:
	@$(PYTHON) -m venv $(VENV)/lock
	@$(VENV)/lock/bin/pip install --quiet uv
	@$(VENV)/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --extra dev --no-header --no-annotate --upgrade -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) output .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
