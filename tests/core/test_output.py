"""Tables and the doctor's reading of a checkpoint, without processes."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuraldbg import doctor, output
from neuraldbg.steps import Confidence, Event, Step, step_from_json, step_to_json

SOURCE = "def f(n):\n\treturn n\nf(1)\n"


def step(event: Event, line: int, depth: int, value: str | None = None, **names: str) -> Step:
    return Step(event, line, "f" if depth else "<module>", depth, names, value)


def table(*steps: Step, **options: bool) -> list[str]:
    out = io.StringIO()
    assert output.write_table(iter(steps), SOURCE, out, **options) == len(steps)
    return out.getvalue().splitlines()[1:]


def test_changes_are_against_the_same_activation() -> None:
    rows = table(
        step(Event.CALL, 1, 0),
        step(Event.LINE, 3, 0, a="1", b="2"),
        step(Event.CALL, 1, 1, n="1"),
        step(Event.RETURN, 2, 1, "1", n="1"),
        step(Event.LINE, 3, 0, a="1", c="3"),
        step(Event.EXCEPTION, 3, 0, "ValueError()", a="1", c="3"),
    )
    assert [row.rpartition("  ")[2] for row in rows[1:]] == [
        "a=1, b=2",
        "n=1",
        "-> 1",
        "c=3, del b",
        "!! ValueError()",
    ]
    assert "    return n" in rows[3], "a tab is shown as columns"


def test_a_row_is_out_before_the_next_step_is_asked_for() -> None:
    out = io.StringIO()
    seen = []

    def steps():  # type: ignore[no-untyped-def]
        for n in range(3):
            seen.append(len(out.getvalue().splitlines()))
            yield step(Event.LINE, 3, 0, n=str(n))

    output.write_table(steps(), SOURCE, out)
    assert seen == [1, 2, 3]


def test_doubt_is_marked_where_the_model_is_unsure() -> None:
    unsure = Step(Event.LINE, 3, "<module>", 0, {"a": "1", "b": "2"}, None, Confidence(0.3, {"a": 0.2, "b": 0.9}))
    (row,) = table(unsure)
    assert "line ?30%" in row
    assert row.endswith("a=1 ?20%, b=2")
    sure = Step(Event.RETURN, 3, "<module>", 0, {}, "5", Confidence(1.0, {}, 0.5))
    assert table(sure)[0].endswith("-> 5")


def test_what_nobody_vouches_for_is_marked_as_well() -> None:
    unknown = Step(Event.LINE, 3, "<module>", 0, {"a": "1", "b": "2"}, None, Confidence(None, {"a": None, "b": 0.9}))
    (row,) = table(unknown)
    assert "line ?" in row
    assert row.endswith("a=1 ?, b=2")
    assert table(Step(Event.RETURN, 3, "<module>", 0, {}, "5", Confidence()))[0].endswith("-> 5 ?")
    assert table(Step(Event.RETURN, 3, "<module>", 0, {}, "5"))[0].endswith("-> 5"), "a real one is no prediction"
    assert unknown.confidence is not None
    assert unknown.confidence.lowest == 0
    row_ = json.loads(json.dumps(step_to_json(unknown)))
    assert row_["confidence"] == {"move": None, "locals": {"a": None, "b": 0.9}, "value": None}
    assert step_from_json(row_).confidence == unknown.confidence


def test_long_values_are_cut_unless_wanted_whole() -> None:
    long = step(Event.LINE, 3, 0, text="'" + "x" * 500 + "'")
    assert len(table(long)[0]) < 200
    assert table(long)[0].endswith("…")
    assert table(long, whole_values=True)[0].endswith("x" * 500 + "'")


@given(st.text())
def test_nothing_printed_moves_the_cursor(text: str) -> None:
    shown = output.printable(text)
    assert shown.isprintable()
    if text.isprintable():
        assert shown == text


@given(st.text(alphabet=st.characters(categories=["L", "M", "N", "P", "S"])), st.integers(1, 30))
def test_shortened_text_fits(text: str, columns: int) -> None:
    assert output.width_of(output.shorten(text, columns)) <= columns


def checkpoint(folder: Path, shapes: dict[str, list[int]]) -> Path:
    """A folder with a safetensors file of 2-byte zeros."""
    header, end = {}, 0
    for name, (rows, columns) in shapes.items():
        header[name] = {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [end, end + 2 * rows * columns]}
        end += 2 * rows * columns
    text = json.dumps(header).encode()
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["CwmForCausalLM"]}')
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))
    return folder


def test_doctor_reads_size_and_parameters_from_headers(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m", {"a": [3, 4], "b": [5, 6]})
    facts = doctor.weights_summary(folder)
    assert (facts["parameters"], facts["dtype"], facts["architecture"]) == (42, "BF16", "CwmForCausalLM")
    assert facts["bytes"] == (folder / "model.safetensors").stat().st_size


def test_doctor_sees_damage(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m", {"a": [3, 4]})
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1])
    with pytest.raises(ValueError, match="cut short"):
        doctor.weights_summary(folder)
    weights.write_bytes(whole[:5])
    with pytest.raises(ValueError, match="not a safetensors file"):
        doctor.weights_summary(folder)
    weights.unlink()
    with pytest.raises(ValueError, match="no \\*.safetensors"):
        doctor.weights_summary(folder)
    assert doctor.examine(tmp_path / "m").exit_code == 4
