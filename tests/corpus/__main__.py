"""`python -m tests.corpus [NAME ...]`: recorder against debugpy over the corpus, or over the programs named."""

from __future__ import annotations

import sys

from tests.corpus import CORPUS, SCRIPTS, disagreement


def main(names: list[str]) -> int:
    """Prints each disagreement and a summary; the exit code is 1 if there is any."""
    paths = [CORPUS / f"{name}.py" for name in names] or SCRIPTS
    found = 0
    for path in paths:
        difference = disagreement(path)
        if difference is not None:
            found += 1
            print(f"{path.stem}: {difference}", flush=True)
    print(f"{len(paths) - found} of {len(paths)} programs: recorder and debugpy agree step by step")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
