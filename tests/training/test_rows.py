"""What the data engine makes does not change unnoticed, and is made no further than it is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neuraldbg.program import Program
from neuraldbg.recorder import HASH_SEED
from neuraldbg.training.data.expressions import Rule
from neuraldbg.training.data.instrument import Walked
from neuraldbg.training.data.operations import TABLE
from neuraldbg.training.data.stream import trace_operations

ROOT = Path(__file__).resolve().parents[2]

# Where the mix is meant to change, write down what the failing test prints.
DIGESTS = "a7f3c4289d46af5a 167e0b54b9add963 77f44ebe265556ea"
SCRIPT = """
import hashlib
from neuraldbg.training.data.stream import RowDataset, StreamConfig
for config, held_out in (
    (StreamConfig(length=512, decisions=224, drill_share=0.3), False),
    (StreamConfig(length=1024, decisions=416, drill_share=0.0, written_share=0.8, seed=3), False),
    (StreamConfig(length=512, decisions=224, scratchpad=False, drill_share=0.0), True),
):
    rows, found = RowDataset("model/weights/cwm-nano", config, held_out), hashlib.blake2b(digest_size=8)
    for number in range(12):
        for _, values in sorted(rows.row(number).items()):
            found.update(values.tobytes())
    print(found.hexdigest())
"""


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="messages of exceptions differ between Pythons")
def test_rows_of_a_seed_stay_the_same() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": HASH_SEED}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.split() == DIGESTS.split()


def test_steps_are_worked_out_as_far_as_they_are_asked_for() -> None:
    source = "def f(n):\n    total = 0\n    for i in range(n):\n        total += i * n\n    return total\n"
    program = Program.from_source(source, "<test>", "f", "f(6)")
    steps, worked, _ = trace_operations(program, 100)
    walked = Walked(program, steps, {})
    assert len(walked.steps) == len(walked.worked) == len(steps) == len(worked)
    assert walked.steps[3] == steps[3]
    assert len(walked._steps) == 4
    assert walked.steps[2:6] == steps[2:6]
    assert len(walked._steps) == 6
    assert walked.steps[-1] == steps[-1]
    assert len(walked._steps) == len(steps)
    with pytest.raises(IndexError):
        walked.steps[len(steps)]


def test_operands_that_are_unpacked_in_a_display_bind_tightly() -> None:
    """`[*a if b else c]` is no Python; it once ended a training run."""
    unpacked = 0
    for rows in TABLE.values():
        for _, text, *_ in rows:
            parts = Rule(1, text).parts
            for before, hole in zip(parts, parts[1:], strict=False):
                if isinstance(before, str) and before.endswith("*") and not before.endswith((" *", "(*")):
                    assert isinstance(hole, tuple)
                    assert hole[2] >= 6, text
                    unpacked += 1
    assert unpacked >= 5
