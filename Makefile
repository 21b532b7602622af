# Everything starts from Python 3.11 or newer and make.
PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
WEEKS = 26
SEED = 1
WORKERS = 2
MODEL = nlp/model/tested.json

.DELETE_ON_ERROR:
.PHONY: demo test lint types bench validate chaos wheel clean model

demo: $(MODEL)
	$(BIN)/journeys demo build/demo --weeks $(WEEKS) --seed $(SEED)

test: $(MODEL) lint types
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.ready
	$(BIN)/mypy

bench: $(MODEL) $(VENV)/.peers
	$(BIN)/python tests/benchmarks/run.py $(ONLY)

# Estimators against simulated councils of known truth.
validate: $(VENV)/.ready
	$(BIN)/python tests/validation/run.py $(ONLY)

# Kills, faults and attacks, survived or not.
chaos: $(MODEL)
	$(BIN)/python tests/chaos/run.py $(ONLY)

wheel: $(MODEL)
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

# Why people make contact, learnt from the seed corpus: a minute, once.
model: $(MODEL)

$(MODEL): $(VENV)/.ready $(wildcard nlp/*.py nlp/*.txt nlp/seed_notes/*.txt) config/demand.toml
	$(BIN)/journeys train --seed-corpus

# The environment: pinned versions, then the project itself, editable.
$(VENV)/.ready: pyproject.toml constraints.txt
	@echo "setting up $(VENV) (packages are downloaded once)"
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

# The other libraries that the bench of mining is measured against.
$(VENV)/.peers: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@touch $@

clean:
	rm -rf build dist nlp/model
