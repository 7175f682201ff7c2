# Two commands do all the set-up: `make demo` and `make test`. They need Python 3.11 and make, nothing else.
PYTHON ?= $(firstword $(foreach p,python3.11 python3.12 python3,$(shell command -v $(p) 2>/dev/null)))
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-slow check lint types bench bench-console bench-group bench-intake bench-keep bench-stats bench-text docs wheel clean

demo: $(READY) ## watch the loop close: make demo ARGS=--exit
	$(BIN)/vocbot demo $(ARGS)

test: $(READY) ## all tests, on all cores
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow" $(ARGS)

test-slow: $(READY) ## the tests that take minutes: many kills, large stores
	$(BIN)/python -m pytest -n 2 -m slow $(ARGS)

check: lint types ## what CI asks besides the tests

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench: $(READY) ## measurements that print a table
	$(BIN)/python -m bench

bench-console: $(READY) ## every page of the console over 100,000 pieces of feedback
	$(BIN)/python -m bench console

bench-group: $(READY) ## grouping of a stream, as decided and at the end, beside other methods
	$(BIN)/python -m bench group

bench-intake: $(READY) ## requests made durable a second, beside FastAPI's hello-world and the naive way
	$(BIN)/python -m bench intake

bench-keep: $(READY) ## copying a grown store to the other database and back, a backup, forgetting one person
	$(BIN)/python -m bench keep

bench-stats: $(READY) ## detection, effects and causes on test beds, beside the rules others use
	$(BIN)/python -m bench stats

bench-text: $(READY) ## texts: sentiment, intents and aspects, beside what one would pick instead
	$(BIN)/python -m bench text

docs: $(READY) ## the documents as a site in dist/docs; a link that leads nowhere fails
	$(BIN)/python docs/build.py

wheel: $(READY) ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed: none was found on the PATH" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: $(PYTHON) is older; name one with PYTHON=..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis vocbot-demo
