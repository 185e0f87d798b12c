"""Training runs end to end at a tiny size: it learns, saves an ordinary model, and resumes where it stopped."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from neuraldbg.errors import UsageError
from neuraldbg.model.checkpoint import load_model
from neuraldbg.training.loop import schedule
from neuraldbg.training.midtrain import read_config, start
from neuraldbg.training.muon import Muon, orthogonalise
from neuraldbg.training.runlog import Log

ROOT = Path(__file__).resolve().parents[2]
CONFIG = str(ROOT / "training" / "configs" / "nano.yaml")


def settings(out: Path, steps: int) -> list[str]:
    return [
        f"out={out}", f"tokenizer={ROOT}/model/weights/cwm-nano", "preset=cwm-micro", "overrides={}", f"steps={steps}",
        "minutes=0", "batch=2", "compile=false", "workers=0", "precision=fp32", "log_every=1", "validate_every=4",
        "validate_rows=2", "save_minutes=0", "data.length=256", "data.decisions=64",
    ]  # fmt: skip


def losses(out: Path) -> dict[int, float]:
    path = out / "log.csv"
    if not path.exists():
        return {}
    with open(path, encoding="utf-8") as file:
        return {int(r["step"]): float(r["loss"]) for r in csv.DictReader(file) if r["kind"] == "train"}


def test_a_run_learns_and_a_killed_one_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    command = [sys.executable, "-m", "neuraldbg.training.midtrain", CONFIG, "--set"]
    subprocess.run([*command, *settings(whole, 12)], check=True)
    environment = {**os.environ, "PYTHONHASHSEED": "1"}  # the run takes its own
    with subprocess.Popen([*command, *settings(killed, 12)], env=environment, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (killed / "state.pt").exists():
            time.sleep(0.01)
        while process.poll() is None and len(losses(killed)) < 5:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    resumed = subprocess.run([*command, *settings(killed, 12)], check=True, stderr=subprocess.PIPE, text=True)
    assert 0 < int(resumed.stderr.split("resumed at step ")[1].split()[0]) < 12
    first, second = losses(whole), losses(killed)
    assert set(first) == set(second) == set(range(1, 13))
    assert first == pytest.approx(second, rel=1e-3)
    assert min(first.values()) < first[1]
    model, tokenizer = load_model(whole / "model")
    assert model.config.vocab_size == tokenizer.vocab_size


def test_a_run_stops_by_tokens(tmp_path: Path) -> None:
    run = start(read_config(CONFIG, [*settings(tmp_path, 1000), "tokens=1536"]))
    run.train()
    assert run.step == 3
    assert run.peak > 0
    micro = 6 * sum(p.numel() for n, p in run.model.named_parameters() if p.ndim == 2 and "layers." in n)
    assert micro < run.work < 4 * micro


def test_the_log_forgets_what_came_after_the_checkpoint(tmp_path: Path) -> None:
    with Log(tmp_path, 0, False) as log:
        for step in (1, 2, 3):
            log.add(step, 10 * step, 1.0, 0.5, 0.5, "train")
    with open(tmp_path / "log.csv", "a", encoding="utf-8") as file:
        file.write("4,40")  # killed in the middle of a row
    with Log(tmp_path, 2, False) as log:
        log.add(3, 30, 2.0, 0.25, 0.5, "train")
    assert losses(tmp_path) == {1: 0.5, 2: 0.5, 3: 0.25}


def test_the_schedule_warms_up_stays_and_decays() -> None:
    assert schedule(0.0, 0.1, 0.3) == pytest.approx(0.01)
    assert schedule(0.05, 0.1, 0.3) == pytest.approx(0.5)
    assert schedule(0.5, 0.1, 0.3) == 1.0
    assert schedule(0.775, 0.1, 0.3) == pytest.approx(0.5)
    assert schedule(1.0, 0.1, 0.3) == 0.0


def test_orthogonalised_matrices_have_singular_values_near_one() -> None:
    torch.manual_seed(0)
    for shape in ((3, 16, 48), (2, 48, 16)):
        values = torch.linalg.svdvals(orthogonalise(torch.randn(shape)))
        assert 0.5 < float(values.min())
        assert float(values.max()) < 1.4


def test_muon_descends_and_batches_only_equal_shapes() -> None:
    torch.manual_seed(0)
    target = [torch.randn(8, 12), torch.randn(8, 12), torch.randn(5, 4)]
    parameters = [torch.nn.Parameter(torch.zeros_like(t)) for t in target]
    optimizer = Muon(parameters, lr=0.1)

    def error() -> torch.Tensor:
        return sum((((p - t) ** 2).sum() for p, t in zip(parameters, target, strict=True)), torch.zeros(()))

    before = float(error().detach())
    for _ in range(100):
        optimizer.zero_grad()
        error().backward()
        optimizer.step()
    assert float(error().detach()) < before / 10


def test_a_wrong_key_or_file_is_one_line() -> None:
    with pytest.raises(UsageError, match="unexpected keyword argument 'leanring_rate'"):
        read_config(CONFIG, ["leanring_rate=1"])
    with pytest.raises(UsageError, match="not a configuration"):
        read_config(str(ROOT / "constraints.txt"), [])
    with pytest.raises(UsageError, match="cannot read the configuration"):
        read_config("/nonexistent.yaml", [])
