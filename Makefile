# `make run` and `make test` do all set-up on a bare Debian (as root, or a user with sudo) or macOS (with Homebrew).
# Stamps in .venv remember what is done, so that the second run starts at once; `make clean` forgets everything.

VENV   := .venv
PY     := $(VENV)/bin/python
PYTHON ?= python3.13 python3.12 python3.11 python3
ARGS   ?=

RUN_DEBIAN  := python3 python3-venv python3-dev gcc libc6-dev libzbar0 libportaudio2
RUN_BREW    := python@3.13 zbar
TEST_DEBIAN := tmux iproute2 pulseaudio pulseaudio-utils libasound2-plugins
TEST_BREW   := tmux
BENCH_DEBIAN := g++ minimodem
BENCH_BREW   := minimodem
SHOTS_DEBIAN := librsvg2-bin fonts-jetbrains-mono fonts-dejavu-core
SHOTS_BREW   := librsvg

PACKAGE := pyproject.toml setup.py $(wildcard vauchi_dsp/*.pyx vauchi_dsp/*.pxd vauchi_dsp/native/*.h)

.PHONY: run test lint soak sanitize bench screenshots clean

run: $(VENV)/.run  # make run ARGS="--profile work"
	@exec $(VENV)/bin/vauchi $(ARGS)

test: lint
	$(PY) -m pytest -m "not soak" --numprocesses auto --maxprocesses 4 --dist loadgroup $(ARGS)

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

soak: $(VENV)/.test  # the long fuzz, crash and load runs
	$(if $(ARGS),,tools/sanitize $(PY))
	$(PY) -m pytest -m soak --timeout 0 $(ARGS)

sanitize: $(VENV)/.test  # the tests of vauchi_dsp under AddressSanitizer and UndefinedBehaviorSanitizer
	tools/sanitize $(PY) $(ARGS)

bench: $(VENV)/.test  # ratios against peers in one run; make bench ARGS=goertzel for one of them
	@tools/system-packages "$(BENCH_DEBIAN)" "$(BENCH_BREW)"
	@$(PY) -m pip install --quiet --group bench
	$(PY) -m bench $(ARGS)

screenshots: $(VENV)/.test  # the pictures of the README; make screenshots ARGS="card sync" for some of them
	@tools/system-packages "$(SHOTS_DEBIAN)" "$(SHOTS_BREW)"
	$(PY) tools/screenshots.py $(ARGS)

clean:
	rm -rf $(VENV) build *.egg-info vauchi_dsp/*.so vauchi_dsp/*.c

$(VENV)/.system:
	@tools/system-packages "$(RUN_DEBIAN)" "$(RUN_BREW)"
	@tools/make-venv $(VENV) $(PYTHON)
	@touch $@

$(VENV)/.run: $(VENV)/.system $(PACKAGE)
	@echo "Building vauchi"
	@PYTHONWARNINGS=ignore $(PY) -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run pyproject.toml
	@tools/system-packages "$(TEST_DEBIAN)" "$(TEST_BREW)"
	@echo "Installing what the tests need"
	@$(PY) -m pip install --quiet --group dev
	@touch $@
