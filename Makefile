# Everything a newcomer needs; each target makes its own virtual environment first.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 4020
SPEC ?= samples/invoices/openapi.json
PEERS ?= .peers
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help serve test lint check bench bench-peers clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(BIN)/cbmock: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(BIN)/ruff: $(BIN)/cbmock requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

serve: $(BIN)/cbmock ## Play the receiver of the invoices sample (SPEC=... PORT=... for another)
	$(BIN)/cbmock serve $(SPEC) --port $(PORT)

test: lint check ## Run everything: lint, types, layers, and all tests on the built wheel

lint: $(BIN)/ruff ## Format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: $(BIN)/ruff ## Build the wheel and run the tests on it, with coverage
	VENV=$(VENV) sh tests/on_the_wheel.sh

bench: $(BIN)/ruff ## Measure what cbmock costs beside its peers, in ten minutes (ONLY=small: one row)
	CBMOCK_PEERS=$(abspath $(PEERS)) $(BIN)/python benchmarks $(addprefix --only ,$(ONLY))

bench-peers: ## Install the peers that `make bench` compares with: Prism, fastify + ajv, WireMock
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install nodejs npm"; exit 1; }
	npm install --prefix $(PEERS) --no-fund --no-audit @stoplight/prism-cli@5 fastify@5 ajv@8 wiremock@3

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(PEERS) build dist .coverage*
