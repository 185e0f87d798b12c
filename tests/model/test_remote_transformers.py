"""`transformers serve`, a server of other people, in a process of its own: text in, text without special tokens out.

It needs FastAPI, uvicorn and the openai package (`pip install -e '.[dev]'`).
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from transformers import PreTrainedModel

from neuraldbg.errors import ModelError
from neuraldbg.model.checkpoint import resolve, save_checkpoint
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.remote import RemoteDecoder, load_remote
from neuraldbg.program import Program
from neuraldbg.steps import Step
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import LOOP, RAISES_ONCE

MISSING = [name for name in ("fastapi", "uvicorn", "openai") if find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"transformers serve needs {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def folder(by_heart: PreTrainedModel, vocabulary: Vocabulary, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_checkpoint(by_heart, vocabulary.tokenizer, tmp_path_factory.mktemp("models") / "by-heart")


@pytest.fixture(scope="module")
def server(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of ``transformers serve FOLDER``."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    here = tmp_path_factory.mktemp("serve")
    command = [sys.executable, "-c", "from transformers.cli.transformers import main; main()", "serve", str(folder)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    env = {**os.environ, "HF_HOME": str(here), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    url = f"http://127.0.0.1:{port}"
    with (here / "log").open("w") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log, env=env, cwd=here)
        try:
            wait_for(f"{url}/health", process, here / "log")
            yield url
        finally:
            process.terminate()
            process.wait(30)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.mark.parametrize("case", [LOOP, RAISES_ONCE], ids=["loop", "raises"])
def test_the_steps_of_a_model_behind_transformers_serve(case: tuple[str, str, str], server: str, folder: Path) -> None:
    program = Program.from_source(case[0], "<test>", case[1], case[2])
    truth = trace_program(program, 60)[0]
    predictor = load_remote(server, str(folder))
    source = predictor.source(program)
    steps: list[Step] = []
    while (step := source.next_step(steps)) is not None:
        steps.append(step)
    assert steps == truth, "the model knows this trace by heart"
    assert isinstance(predictor.engine, RemoteDecoder)
    assert predictor.engine.asked < len(truth)
    open_values = [step.confidence.locals for step in steps if step.confidence is not None and step.confidence.locals]
    assert open_values
    assert all(p is None for values in open_values for p in values.values()), "this server tells no probabilities"


def test_a_model_that_only_chooses_needs_another_server(server: str) -> None:
    """The embedded model's vocabulary is the same, so only its configuration says what it cannot do."""
    with pytest.raises(ModelError, match="has learnt to choose from legal tokens, not to write frames"):
        load_remote(server, str(resolve(None)))
