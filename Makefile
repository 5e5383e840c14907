# Everything a person or the pipeline runs. Each target sets up what it needs, once (.ci/prepare).
#
#   make demo     open the demonstration world
#   make test     everything that is judged, on real servers (Debian; installs them)
#   make check    linters, strict types, the rules of the house
#   make bench    bytes, round trips and times, beside mbsync, interimap and offlineimap, screens
#                 beside aerc, neomutt and mutt (Debian; installs them; BENCH=delta runs one)
#   make soak     the long searches for faults
#   make man      write the manual pages anew, in docs/man
#   make format   put the code in shape
#   make lock     choose new versions of what we depend on
#   make clean    remove all that was made

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# Two processes for each core, since half of them wait for a server; each has servers of its own, and
# a file is never divided.
ON_ALL_CORES := -n $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN)))) --dist loadfile --no-loadscope-reorder
# Postfix's master must be started by root; a person with sudo need not be root to run the tests.
AS_ROOT := $(shell [ $$(id -u) = 0 ] || ! sudo -n true 2>/dev/null || \
	echo sudo -n --preserve-env=CI,PYTEST_ADDOPTS .ci/as-root)

.PHONY: help demo test check bench soak format man lock clean ready ready-to-test ready-with-servers
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' Makefile

ready:
	@.ci/prepare run

ready-to-test:
	@.ci/prepare test

ready-with-servers: ready-to-test
	@.ci/prepare servers

demo: ready
	@$(BIN)/pli demo

test: ready-with-servers
	$(AS_ROOT) $(PYTEST) $(ON_ALL_CORES) -m "not soak"

check: ready-to-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST) tests/meta

bench: ready-with-servers
	@.ci/prepare peers
	$(BIN)/python -m tests.bench $(BENCH)

soak: ready-with-servers
	$(AS_ROOT) env HYPOTHESIS_PROFILE=soak $(PYTEST) $(ON_ALL_CORES)

format: ready-to-test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

man: ready-to-test
	PLI_LANG=fr $(BIN)/python -m tui.command_manual > docs/man/fr/pli.1
	PLI_LANG=en $(BIN)/python -m tui.command_manual > docs/man/en/pli.1

# The newest versions pyproject.toml allows, with the hash of every file for every machine, and no
# address of a registry. uv chooses them; nothing else here needs it.
lock:
	python3 -m venv build/lock
	build/lock/bin/pip install --quiet uv
	build/lock/bin/uv pip compile $(LOCK_OPTIONS) pyproject.toml -o requirements.lock
	build/lock/bin/uv pip compile $(LOCK_OPTIONS) pyproject.toml --extra test \
		--constraint requirements.lock -o tests/requirements.lock

LOCK_OPTIONS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

clean:
	$(AS_ROOT) rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	$(AS_ROOT) find store sync tui tests -name __pycache__ -prune -exec rm -rf {} +
