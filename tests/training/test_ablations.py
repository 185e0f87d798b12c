"""Ablations: the variants differ where they should, are measured alike, and a table goes on where it was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from neuraldbg.errors import InputError, UsageError
from neuraldbg.model.config import preset
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.tokenizer import CwmTokenizer, read_ranks, write_ranks
from neuraldbg.training import ablations
from neuraldbg.training.data.documents import Rows, TraceDocuments
from neuraldbg.training.data.library import library
from neuraldbg.training.probe import Case, behind_own_decisions, documents_of, draw_cases, limit_cases, measure
from neuraldbg.training.variants import (
    VARIANTS,
    SpelledValues,
    WholeLocals,
    dropped_history,
    frame_numbers,
    last_frames,
    own_mistakes,
    spelled,
)

ROOT = Path(__file__).resolve().parents[2]
RANKS = read_ranks(ROOT / "model" / "weights" / "cwm-nano" / "tokenizer.model")
LENGTH = 512


def first_ranks(count: int) -> dict[bytes, int]:
    return {token: rank for token, rank in RANKS.items() if rank < count}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(CwmTokenizer(RANKS))


@pytest.fixture(scope="module")
def cases(vocabulary: Vocabulary) -> list[Case]:
    alone = Vocabulary(CwmTokenizer(first_ranks(256)))
    makes = [documents_of(alone, LENGTH), *(documents_of(vocabulary, LENGTH, k) for k in (TraceDocuments, WholeLocals))]
    ends = [alone.tokenizer.frame_sep, *[vocabulary.tokenizer.frame_sep] * 2]
    return limit_cases(draw_cases(24, 1, library()), ends, makes)


def network(vocabulary: Vocabulary) -> torch.nn.Module:
    from transformers import CwmForCausalLM

    torch.manual_seed(0)
    shape = preset("cwm-micro", vocab_size=vocabulary.size)
    shape._attn_implementation = "sdpa"
    return CwmForCausalLM(shape)


def test_every_form_of_a_frame_has_the_same_decisions(vocabulary: Vocabulary, cases: list[Case]) -> None:
    model = network(vocabulary)
    counts = []
    for kind in (TraceDocuments, WholeLocals, SpelledValues):
        made = [documents_of(vocabulary, 2 * LENGTH, kind)(case) for case in cases]
        tally, own = measure(model, vocabulary, cases, made, 2 * LENGTH)
        assert tally.steps.keys() == own.steps.keys()
        assert all(nats <= 0 for _, nats in tally.steps.values())
        counts.append((len(tally.steps), {name: len(right) for name, right in tally.kinds.items()}))
    assert counts[0] == counts[1] == counts[2]
    assert counts[0][0] > 40
    assert set(counts[0][1]) >= {"move", "operation"}


def test_steps_that_are_cut_off_do_not_count(vocabulary: Vocabulary, cases: list[Case]) -> None:
    model = network(vocabulary)
    whole, cut = (
        measure(model, vocabulary, cases, [documents_of(vocabulary, size)(case) for case in cases], LENGTH)[0]
        for size in (LENGTH, 150)
    )
    assert 0 < len(cut.steps) < len(whole.steps)
    assert cut.steps.keys() < whole.steps.keys()


def test_whole_locals_are_whole(vocabulary: Vocabulary, cases: list[Case]) -> None:
    decode = vocabulary.tokenizer.decode
    differences, whole = (
        "".join(decode(document.ids) for case in cases if (document := documents_of(vocabulary, LENGTH, kind)(case)))
        for kind in (TraceDocuments, WholeLocals)
    )
    assert '".."' in differences
    assert '".."' not in whole


def test_values_are_spelled_and_names_are_not(vocabulary: Vocabulary) -> None:
    tokenizer = vocabulary.tokenizer
    text = '{"total": "[\'return\', \\"it\'s total\\"]", "word": "None"}'
    pieces = spelled(tokenizer, tokenizer.encode(text))
    shown = [tokenizer.decode(piece) for piece in pieces]
    assert "".join(shown) == text
    sizes = {text: len(piece) for text, piece in zip(shown, pieces, strict=True)}
    assert sizes["return"] == 6
    assert sizes["None"] == 1  # no string, but a value
    assert len(pieces[shown.index("total")]) == 1  # a key; inside the string it is spelled
    assert [len(piece) for piece, t in zip(pieces, shown, strict=True) if t.strip() == "total"][-1] >= 5


def batch(vocabulary: Vocabulary, cases: list[Case]) -> dict[str, torch.Tensor]:
    made = [document for case in cases[:4] if (document := documents_of(vocabulary, 200)(case))]
    rows = Rows(LENGTH, LENGTH)
    for document in made:
        if len(document) <= rows.room:
            rows.add(document)
    return {name: torch.from_numpy(value)[None] for name, value in rows.take(vocabulary.tokenizer.pad).items()}


def test_history_can_be_cut(vocabulary: Vocabulary, cases: list[Case]) -> None:
    row, frame_sep = batch(vocabulary, cases), vocabulary.tokenizer.frame_sep
    number = frame_numbers(row, frame_sep)[0]
    document = row["document"][0]
    first = document == 0
    assert number[first][0] == 0
    assert int(number[first].max()) == int((row["ids"][0][first][:-1] == frame_sep).sum())
    mask = last_frames(row, frame_sep, 0)[0]
    for query in range(0, int(first.sum()), 7):
        seen = {int(n) for n in number[first][mask[query][first]]}
        assert seen <= {0, int(number[query]) - 1, int(number[query])}
        assert not mask[query][~first].any()
    assert bool((last_frames(row, frame_sep, 100)[0] >= mask).all())


def test_losses_behind_dropped_frames_and_own_decisions_differ(vocabulary: Vocabulary, cases: list[Case]) -> None:
    row, model, frame_sep = batch(vocabulary, cases), network(vocabulary), vocabulary.tokenizer.frame_sep
    torch.manual_seed(0)
    plain = ablations.VARIANTS[0].loss_of(frame_sep)(model, row)[0].item()
    for loss in (dropped_history(frame_sep, 0.9), own_mistakes(frame_sep, 1.0)):
        found = loss(model, row)[0]
        assert torch.isfinite(found)
        assert found.item() != plain
        assert found.requires_grad
    logits = torch.nn.functional.one_hot(row["target"], vocabulary.size).float()
    assert torch.equal(behind_own_decisions(row, logits)["ids"], row["ids"])  # all right: nothing is replaced
    wrong = behind_own_decisions(row, torch.roll(logits, 1, -1))
    assert int((wrong["ids"] != row["ids"]).sum()) == int((row["weight"] > 0).sum())


def test_names_are_unique_and_rows_can_be_made() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    for variant in VARIANTS:
        rows = variant.rows(str(ROOT / "model" / "weights" / "cwm-nano"), ablations.BASE, 10)
        assert rows is not None
        assert variant.data_of(ablations.BASE).length == ablations.BASE.length


def test_a_table_is_made_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "table.csv"
    folder = tmp_path / "table" / "tokenizers"
    folder.mkdir(parents=True)
    for count in (256, 1024, 2048):
        write_ranks(first_ranks(count), folder / f"words-{count}.model")
    arguments = ["--out", str(out), "--tokens", "16384", "--cases", "5", "--only"]
    ablations.main([*arguments, "base"])
    ablations.main([*arguments, "base", "no-decay"])
    rows = ablations.read_results(out)
    assert [row["variant"] for row in rows] == ["base", "no-decay", "no-decay-averaged"]
    assert all(int(row["tokens"]) == 16384 and int(row["steps"]) > 0 and float(row["nats"]) > 0 for row in rows)
    assert rows[1]["nats"] != rows[2]["nats"]
    text = capsys.readouterr()
    assert text.err.count("base: ") == 1  # the second call did not train it again
    assert "no-decay-averaged" in text.out


def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no variant nonsense"):
        ablations.main(["--out", str(tmp_path / "x.csv"), "--only", "nonsense"])
    with pytest.raises(UsageError, match="--tokens or --minutes"):
        ablations.main(["--out", str(tmp_path / "x.csv")])
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no table of ablations"):
        ablations.main(["--out", str(tmp_path / "x.csv"), "--show"])
