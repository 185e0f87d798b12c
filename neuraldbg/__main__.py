"""``python -m neuraldbg``: the same as the ``neuraldbg`` command."""

import sys

# `-m` puts the working directory first in sys.path. There lie the user's files: a `typer.py`, `random.py` or `model.py`
# of theirs must not be what neuraldbg imports.
if not sys.flags.safe_path and sys.path:
    del sys.path[0]

from neuraldbg.cli import main

main()
