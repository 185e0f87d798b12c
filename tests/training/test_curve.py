"""The fitted curve of scores over tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuraldbg.errors import ExitCode, InputError
from neuraldbg.training.command import reported
from neuraldbg.training.curve import best_points, fit, main, number, read_table

TABLE = """Text before.

| checkpoint | tokens | line | state | step | output |
|---|---|---|---|---|---|
| better | 4M | 95.0 | 90.0 | 80.0 | 40.0 |
| same tokens | 4M | 94.0 | 91.0 | 75.0 | 40.0 |
| first | 1M | 90.0 | 80.0 | 60.0 | 20.0 |

| another table |
|---|
| x |
"""


def test_the_fit_goes_through_exact_points() -> None:
    a, b = fit([(tokens, 300 * tokens**-0.25) for tokens in (1e6, 1e7, 1e9)])
    assert (a, b) == pytest.approx((300, 0.25))


def test_the_best_of_each_number_of_tokens_counts() -> None:
    rows = read_table(TABLE)
    assert best_points(rows, "step") == [(1e6, 40.0), (4e6, 20.0)]
    assert best_points(rows, "state") == [(1e6, 20.0), (4e6, 9.0)]


def test_the_command_prints_every_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "board.md"
    path.write_text(TABLE, encoding="utf-8")
    main([str(path), "--tokens", "16e6"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["line", "state", "step", "output"]
    assert lines[2].endswith("ahead: 2e+07 90.0")  # the error of steps halves as tokens grow fourfold


def test_the_leaderboard_can_be_read() -> None:
    main([str(Path(__file__).resolve().parents[2] / "training" / "LEADERBOARD.md")])


@pytest.mark.parametrize("text", ["no table", "| a |\n|---|\n", "| a | b |\n|---|---|\n| 1 |\n"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_table(text)
    with pytest.raises(InputError):
        number("many")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot read"),
        ("no table", "no table"),
        ("| tokens | line |\n|---|---|\n| 1M | 2 |\n", "no column 'state'"),
        (TABLE.replace("80.0", "many"), "'many' in column"),
        (TABLE.replace("80.0", "100"), "'100' in column"),
        (TABLE.replace("1M", "1..2M"), "no number of tokens"),
    ],
)
def test_a_bad_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, said: str
) -> None:
    path = tmp_path / "board.md"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert reported(lambda: main([str(path)])) == ExitCode.BAD_INPUT
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert said in lines[0]
    assert str(path) in lines[0]
