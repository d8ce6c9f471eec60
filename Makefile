# Two commands do everything on a machine with Python 3.11 and make: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo run test lint style bench clean

demo: .venv/runtime ## the whole product in a browser: no token, no Telegram account
	@$(BIN)/python -m bot demo $(ARGS)

run: .venv/runtime ## the bot on Telegram itself: TELEGRAM_TOKEN and config.yaml
	@$(BIN)/python -m bot run $(ARGS)

# Where no bytecode is to be written, each process that a test starts would compile the bot for itself.
test bench: export PYTHONDONTWRITEBYTECODE =

# The types are checked while the tests run, which often wait; what mypy has to say is said at the end.
test: .venv/dev style ## everything that CI checks
	@said=$$(mktemp); $(BIN)/mypy >$$said 2>&1 & mypy=$$!; \
	$(BIN)/python -m pytest $(ARGS); tests=$$?; \
	wait $$mypy; types=$$?; cat $$said; rm -f $$said; exit $$((tests | types))

lint: .venv/dev style
	@$(BIN)/mypy

style: .venv/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

bench: .venv/dev ## speed, as ratios measured in one run
	@$(BIN)/python -m benchmarks $(ARGS)

# A stamp file per set of packages: made anew when what it was made from changes. Where python3-venv is missing, Debian's
# Python leaves half an environment behind, without pip.
.venv/runtime: pyproject.toml constraints.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/dev: .venv/runtime
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
