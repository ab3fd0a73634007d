# Needs Python 3.11 or later and make; the rest comes from the lock files into .venv, .venv-oldest and .venv-downstream.
PYTHON ?= python3
JOBS ?= 2
UV := uv==0.13.9
BIN := .venv/bin
SHIPPED := pyproject.toml src/hf_synth.pth src/hf_synth.start

.PHONY: help demo test test-oldest test-downstream test-server check docs lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo | test | test-oldest | test-downstream | test-server | check | docs | lock | clean"

demo: .venv/installed
	@$(BIN)/python examples/demo.py

# The other environments go first, so that the last line is that of the whole suite.
test: .venv/installed .venv/browser test-oldest test-downstream test-server
	$(BIN)/python -m pytest -n $(JOBS)

# datasets 3.6, the oldest we support, does not run on Python 3.14 and later.
test-oldest:
	@if $(PYTHON) -c 'import sys; sys.exit(sys.version_info >= (3, 14))'; \
	then $(MAKE) --no-print-directory .venv-oldest/installed && .venv-oldest/bin/python -m pytest -q -m oldest; \
	else echo "test-oldest: skipped, datasets 3.6 does not run on this Python"; fi

# Trainers (TRL) and harnesses (inspect-ai, lm-eval), with models made on the spot.
test-downstream: .venv-downstream/installed
	.venv-downstream/bin/python -m pytest -n $(JOBS) --dist loadfile -m "trl or evaluation" tests/downstream \
	    tests/test_notebooks.py

# The job server: SQLite and PostgreSQL, a local S3, kills, browsers. By file, because tests of a file share servers.
test-server: .venv/installed .venv/browser
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m server tests/server

docs: .venv/installed
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

check: .venv/installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/pyright --pythonpath $(BIN)/python --project tests
	$(BIN)/lint-imports
	$(BIN)/deptry src

lock: .venv/uv
	$(BIN)/uv lock
	$(BIN)/uv pip compile --quiet pyproject.toml --group test --resolution lowest-direct --upgrade --universal \
	    --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" -o tests/oldest.txt

clean:
	rm -rf .venv .venv-oldest .venv-downstream dist site .pytest_cache .ruff_cache .hypothesis .import_linter_cache

# $(call venv,DIR): an empty virtual environment with uv in it
define venv
	@$(PYTHON) -c 'import sys; sys.exit("hf-synth needs Python 3.11 or later: make PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@echo "creating $(1)"
	@$(PYTHON) -m venv --clear $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check "$(UV)"
endef

# $(call install,DIR,REQUIREMENTS): exactly what is locked, then this package. uv is fast; where it reaches no index,
# pip may, with a configuration of its own.
define install
	@$(1)/bin/uv pip install --quiet --python $(1)/bin/python --no-deps --require-hashes -r $(2) || \
	    $(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(2)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
endef

.venv/uv:
	$(call venv,.venv)
	@touch $@

.venv/installed: uv.lock $(SHIPPED)
	$(call venv,.venv)
	@$(BIN)/uv export --quiet --frozen --group dev --extra fast --extra server --extra postgres --no-emit-project -o .venv/requirements.txt
	$(call install,.venv,.venv/requirements.txt)
	@touch .venv/uv $@

# A browser for the tests marked `browser`: the system's, or Debian's package where we may install it.
.venv/browser: .venv/installed
	@if command -v chromium || command -v google-chrome; then touch $@; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then echo "installing chromium"; \
	    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } \
	    >.venv/browser.log 2>&1 && touch $@ || echo "chromium could not be installed, see .venv/browser.log"; \
	else echo "no chromium or google-chrome in PATH: the browser tests will be skipped"; fi

.venv-oldest/installed: tests/oldest.txt $(SHIPPED)
	$(call venv,.venv-oldest)
	$(call install,.venv-oldest,tests/oldest.txt)
	@touch $@

# torch is large, and its builds are many: by itself, so that pip's own configuration tells which one is taken.
.venv-downstream/installed: uv.lock $(SHIPPED) | .venv/uv
	$(call venv,.venv-downstream)
	@$(BIN)/uv export --quiet --frozen --no-dev --group test --group downstream --extra report --no-emit-project \
	    --no-emit-package torch -o .venv-downstream/requirements.txt
	@.venv-downstream/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(call install,.venv-downstream,.venv-downstream/requirements.txt)
	@touch $@
