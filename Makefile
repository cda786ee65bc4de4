# The interface of the project. Everything lives in .venv and .venv-train; nothing is installed outside.
PORT ?= 8000
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help run test fuzz client lint bench bench-search bench-large bench-uploads test-train train-env format clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.base: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Garderobe needs Python 3.11 or newer (PYTHON=python3.12 make …)" if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

run: $(VENV)/.base  ## start everything on this machine (PORT=8000)
	@exec $(BIN)/python -m config.run --port $(PORT)

test: $(VENV)/.dev  ## the whole suite, with a real Redis, Milvus Lite and Celery worker
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

fuzz: $(VENV)/.dev  ## requests made up from the API's description, in-process; ARGS=--max-examples=200 for more
	@$(BIN)/python -m pytest tests/fuzz --override-ini addopts="-p tests.environment --strict-markers -ra" $(ARGS)

client: $(VENV)/.base  ## the TypeScript client: its types from the schema, its example compiled (Node.js 18)
	@cd clients/typescript && npm ci --silent
	@$(BIN)/python manage.py spectacular --format openapi-json --fail-on-warn --file clients/typescript/schema.json
	@cd clients/typescript && npm run --silent generate && npm run --silent check

lint: $(VENV)/.dev  ## style, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py spectacular --validate --fail-on-warn --file /dev/null

bench: $(VENV)/.base  ## measure the two flows; writes bench-results/
	@$(BIN)/python -m benchmarks.flows $(ARGS)

bench-uploads: $(VENV)/.base  ## measure a burst of uploads while the workers are busy
	@$(BIN)/python -m benchmarks.uploads $(ARGS)

$(VENV)/.bench: $(VENV)/.base
	@echo "Installing hnswlib (compiled here) and, on Linux x86-64, a Milvus server into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

bench-search: $(VENV)/.bench  ## measure search in a large catalogue; ARGS="--engine server" for a Milvus server
	@$(BIN)/python -m benchmarks.search $(ARGS)

bench-large: $(VENV)/.bench  ## measure the API of a large installation; ARGS="--engine server" for a Milvus server
	@$(BIN)/python -m benchmarks.by_garment $(ARGS)
	@$(BIN)/python -m benchmarks.suggestions $(ARGS)
	@$(BIN)/python -m benchmarks.feed $(ARGS)

.venv-train/.train: pyproject.toml
	@test -x .venv-train/bin/python || $(PYTHON) -m venv .venv-train
	@echo "Installing the training libraries into .venv-train (several GB) …"
	@.venv-train/bin/python -m pip install --quiet --disable-pip-version-check torch==2.14.1 torchvision==0.29.1
	@.venv-train/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[train,dev]'
	@touch $@

train-env: .venv-train/.train  ## the environment that trains the models

test-train: .venv-train/.train  ## the training tests
	@YOLO_OFFLINE=True .venv-train/bin/python -m pytest tests/training --override-ini addopts="-p tests.environment --strict-markers -ra" $(ARGS)

format: $(VENV)/.dev  ## let ruff mend what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

clean:  ## remove environments, keep the data
	rm -rf $(VENV) .venv-train build *.egg-info
