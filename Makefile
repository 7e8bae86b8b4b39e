# Everything a newcomer needs; each target makes its own virtual environment first.
PYTHON ?= python3
VENV ?= .venv
WHEEL_VENV ?= .venv-wheel
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
NEWEST ?= 3.14
MATRIX ?= .matrix
SENDERS ?= .senders
CONTAINERS ?= .containers
PORT ?= 4020
SPEC ?= samples/invoices/openapi.json
PEERS ?= .peers
RUNS ?= 20000
REQUESTS ?= 1000000
DOCUMENTS ?= 10000
SECONDS ?= 3600
BIN := $(VENV)/bin
PART := tests/server tests/testing tests/contract samples/invoices
SMOKE := tests/testing/test_receiver.py samples/invoices

.DEFAULT_GOAL := help
.PHONY: help serve test fast one lint types docs reference release-check audit test-matrix newest-python test-lowest matrix senders containers fuzz soak bench bench-peers clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

$(BIN)/cbmock: pyproject.toml
	@echo "Installing cbmock, and what it needs, into $(VENV)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --editable '.[all]'
	@touch $@

$(BIN)/ruff: $(BIN)/cbmock requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

serve: $(BIN)/cbmock ## Play the receiver of the invoices sample (SPEC=... PORT=... for another)
	$(BIN)/cbmock serve $(SPEC) --port $(PORT)

fast: $(BIN)/ruff types ## In a minute: format, lint, types, and every test that starts no process
	sh tests/in_a_minute.sh $(BIN)/python

one: $(BIN)/ruff ## One test, or those of a name or file: T=name
	$(BIN)/python -m pytest -q $(if $(findstring .py,$(T)),$(T),-k "$(T)")

test: ## Run everything: lint, types, layers, and all tests on the built wheel
	PYTHON=$(PYTHON) WHEEL_VENV=$(WHEEL_VENV) sh tests/on_the_wheel.sh

types: $(BIN)/ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

lint: types ## Format, lint, types, layers
	$(BIN)/lint-imports

docs: $(BIN)/ruff ## Build the site into site/: warnings are errors, every link is checked, nothing is loaded
	$(BIN)/zensical build --clean --strict

reference: $(BIN)/ruff ## Write the pages of docs/ that are made from the code
	CBMOCK_WRITES_REFERENCE=1 $(BIN)/python -m pytest -q tests/project/test_reference.py

release-check: $(BIN)/cbmock ## Build wheel and sdist, twice alike, check them, and write the SBOM: dist/
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-release.txt
	BIN=$(abspath $(BIN)) sh tests/release_check.sh

audit: $(BIN)/ruff ## Look up what is known against the installed packages, where that can be asked
	$(BIN)/python tests/audit.py

test-matrix: ## Run a part of the tests on every Python that is here, with the lowest and the newest of everything
	PYTHONS="$(PYTHONS)" MATRIX=$(MATRIX) sh tests/matrix.sh -m "not slow and not process" $(PART)

newest-python: ## Bring the newest Python for test-matrix into .pythons/, from Debian's packages (NEWEST=3.14)
	sh tests/python_from_debian.sh $(NEWEST) .pythons/$(NEWEST)

test-lowest: ## Run the smallest part of them on the lowest versions, as CI does
	PYTHONS=$(PYTHON) MATRIX=$(MATRIX)-small VERSIONS=lowest SMALL=1 sh tests/matrix.sh \
		-m "not slow and not process" $(SMOKE)

matrix: $(BIN)/cbmock ## What the newest frameworks write: installed, listed, linted, served (ONLY=fastapi,elysia)
	$(BIN)/python tests/frameworks --folder $(MATRIX)-frameworks --only "$(ONLY)"

senders: $(BIN)/cbmock ## What real programs send: installed, made to send, made to retry (ONLY=mlflow,apprise)
	$(BIN)/python tests/senders --folder $(SENDERS) --only "$(ONLY)"

containers: $(BIN)/cbmock ## Build the image without Docker, run it, and the services of samples/compose-postgres (Debian, root)
	$(BIN)/python tests/containers.py --folder $(CONTAINERS)

fuzz: $(BIN)/ruff ## Look for what harms it (RUNS= of each reader, REQUESTS= over a socket, DOCUMENTS=)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python fuzz --runs $(RUNS) --requests $(REQUESTS) --documents $(DOCUMENTS)

soak: $(BIN)/ruff ## Half of what it can bear for an hour (SECONDS=), as curves in soak.svg
	$(BIN)/python -m fuzz.soak --seconds $(SECONDS)

bench: $(BIN)/ruff ## Measure what cbmock costs beside its peers, in twelve minutes (ONLY=small: one row)
	CBMOCK_PEERS=$(abspath $(PEERS)) $(BIN)/python benchmarks $(addprefix --only ,$(ONLY))

bench-peers: ## Install the peers that `make bench` compares with: Prism, fastify + ajv, WireMock, Schemathesis
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install nodejs npm"; exit 1; }
	npm install --prefix $(PEERS) --no-fund --no-audit @stoplight/prism-cli@5 fastify@5 ajv@8 wiremock@3
	$(PYTHON) -m venv $(PEERS)/schemathesis
	$(PEERS)/schemathesis/bin/python -m pip install --quiet --disable-pip-version-check schemathesis==4.25.2

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(WHEEL_VENV) $(MATRIX) $(MATRIX)-small $(MATRIX)-frameworks .pythons $(PEERS) $(SENDERS) $(CONTAINERS) build dist site .cache .coverage* soak.svg
