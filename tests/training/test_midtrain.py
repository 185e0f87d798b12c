"""Training runs end to end at a tiny size: it learns, saves an ordinary model, and resumes where it stopped."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import torch

from neuraldbg.errors import UsageError
from neuraldbg.model.checkpoint import load_model
from neuraldbg.training.midtrain import Run, read_config, schedule
from neuraldbg.training.muon import Muon, orthogonalise

ROOT = Path(__file__).resolve().parents[2]
CONFIG = str(ROOT / "training" / "configs" / "nano.yaml")


def settings(out: Path, steps: int) -> list[str]:
    return [
        f"out={out}", f"tokenizer={ROOT}/model/weights/cwm-nano", "preset=cwm-micro", "overrides={}", f"steps={steps}",
        "minutes=0", "batch=2", "compile=false", "workers=0", "precision=fp32", "log_every=1", "validate_every=4",
        "validate_rows=2", "save_minutes=0", "data.length=256", "data.decisions=64",
    ]  # fmt: skip


def losses(out: Path) -> dict[int, float]:
    with open(out / "log.csv", encoding="utf-8") as file:
        return {int(r["step"]): float(r["loss"]) for r in csv.DictReader(file) if r["kind"] == "train"}


def test_a_run_learns_and_a_resumed_one_goes_on_as_if_never_stopped(tmp_path: Path) -> None:
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    Run(read_config(CONFIG, settings(whole, 12))).train()
    run = Run(read_config(CONFIG, settings(halves, 12)))
    run.config = read_config(CONFIG, settings(halves, 12))
    half = iter(range(6))
    train_step = run.train_step

    def stop_after_six(batch: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        if next(half, None) is None:
            raise KeyboardInterrupt
        return train_step(batch)

    run.train_step = stop_after_six  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        run.train()
    resumed = Run(read_config(CONFIG, settings(halves, 12)))
    assert resumed.step == 6
    resumed.train()
    first, second = losses(whole), losses(halves)
    assert set(first) == set(second) == set(range(1, 13))
    assert first == pytest.approx(second, rel=1e-4)
    assert min(first.values()) < first[1]
    model, tokenizer = load_model(whole / "model")
    assert model.config.vocab_size == tokenizer.vocab_size


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
    with pytest.raises(UsageError, match="cannot read the configuration"):
        read_config("/nonexistent.yaml", [])
