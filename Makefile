# Everything happens in .venv, from the locked versions with their hashes checked.
#   make install   only installs        make demo   the main job on a press office of its own, no network needed
#   make test      all checks           make bench  the figures of docs/benchmarks.md
#   make browser   what offices need that show their text to JavaScript only (165 MB; a Chromium must be there)
#   make faults    1,000 SIGKILLs and every other fault, ten minutes at most; make test runs a short form
PYTHON ?= python3
BIN := .venv/bin

.PHONY: install browser demo test check bench faults lock clean

install: .venv/installed

.venv/installed: requirements.lock pyproject.toml
	@echo "podium: installing the locked packages into .venv (a minute or two the first time) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "podium needs Python 3.11 or newer: make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "podium: installed; $(BIN)/podium --help"

browser: install
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock
	@$(BIN)/python -c 'from crawler.browser import chromium; print("podium: reading through", chromium())'

demo: install
	@$(BIN)/python -m tests.demo

test: install check
	@echo "podium: running the tests (a few minutes) ..."
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: install
	@echo "podium: checking style, types and the rooms' borders ..."
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install
	@$(BIN)/python -m benchmarks

faults: install
	@$(BIN)/python -m tests.faults

# Names, versions and hashes only: no address stands in the locks. What only the extra `browser` needs has its own.
COMPILE := $(BIN)/python -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
    --no-emit-index-url --no-emit-find-links --no-emit-options --no-header
lock:
	$(COMPILE) --extra dev --extra build --output-file requirements.lock pyproject.toml
	sed -n 's/^browser = \["\(.*\)"\].*/\1/p' pyproject.toml \
	    | $(COMPILE) --constraint requirements.lock --output-file requirements-browser.lock -

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
