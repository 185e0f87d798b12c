"""The language server in a real Neovim, set up as docs/lsp.md says, with the embedded model: `make test-nvim`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.nvim.neovim import ROOT, Neovim, documented, find

BINARY = find()
pytestmark = pytest.mark.skipif(BINARY is None, reason="needs Neovim 0.11 or newer: make test-nvim")

Open = Callable[..., Neovim]


@pytest.fixture
def open_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Opens a copy of the demo, or a text, in Neovim."""
    opened: list[Neovim] = []

    def begin(source: str | None = None, config: str = "") -> Neovim:
        folder = tmp_path_factory.mktemp("project")
        file = folder / "demo.py"
        if source is None:
            shutil.copy(ROOT / "examples" / "demo.py", file)
        else:
            file.write_text(source, encoding="utf-8")
        assert BINARY is not None
        home = tmp_path_factory.mktemp("home")
        opened.append(Neovim(BINARY, home, file, documented() + config))
        return opened[-1]

    yield begin
    for editor in opened:
        editor.close()


def labels(editor: Neovim) -> dict[int, str]:
    """The hints that Neovim holds: line number (1-based) -> label."""
    found = editor.lua(
        """
        local out = {}
        for _, item in ipairs(vim.lsp.inlay_hint.get({bufnr = 0})) do
            out[#out + 1] = {item.inlay_hint.position.line + 1, item.inlay_hint.label}
        end
        return out
        """
    )
    return dict(found)


def hinted(editor: Neovim, text: str, hint: str) -> None:
    """Waits until the line of source that begins with ``text`` has ``hint`` behind it on the screen."""
    editor.until(lambda: f" {hint} " in f"{editor.line(text)} ", f"{text} ... {hint}")


def test_hints_stand_behind_the_lines(open_file: Open) -> None:
    editor = open_file()
    hinted(editor, "result = halve_all([4, 7])", "result = [2, None]")
    assert " n = 4, 7" in editor.line("for n in numbers:")
    assert " !! ValueError(7)" in editor.line("raise ValueError(n)")
    assert " -> [2, None]" in editor.line("return halves")
    held = labels(editor)
    assert held[20] == "result = [2, None]"
    assert all(editor.shows(label) for label in held.values()), "every hint is drawn"


def test_hover_shows_the_values_of_a_name(open_file: Open) -> None:
    editor = open_file()
    hinted(editor, "return halves", "-> [2, None]")
    editor.type("17G$")  # on `halves` of `return halves`
    editor.type("K")
    editor.until(lambda: editor.shows("[2]", "[2, None]", "step", "sure"), "the hover's table")
    text = editor.lua(
        """
        for _, window in ipairs(vim.api.nvim_list_wins()) do
            if vim.api.nvim_win_get_config(window).relative ~= "" then
                local buffer = vim.api.nvim_win_get_buf(window)
                return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\\n")
            end
        end
        """
    )
    assert "halves" in text and "predicted" in text
    assert text.index("`[]`") < text.index("`[2]`") < text.index("`[2, None]`")


def test_an_edit_changes_the_hint(open_file: Open) -> None:
    editor = open_file()
    hinted(editor, "result = halve_all", "result = [2, None]")
    editor.type("20G$F7r8")  # 7 becomes 8
    hinted(editor, "result = halve_all([4, 8])", "result = [2, 4]")
    editor.until(lambda: "!!" not in editor.line("raise ValueError(n)"), "no exception any more")
    editor.type("u")
    hinted(editor, "result = halve_all([4, 7])", "result = [2, None]")


def test_half_typed_code_keeps_the_hints_that_fit(open_file: Open) -> None:
    editor = open_file()
    hinted(editor, "result = halve_all", "result = [2, None]")
    editor.type("Gonext = halve_all([\x1b")
    editor.until(lambda: editor.shows("next = halve_all(["), "what was typed")
    hinted(editor, "return halves", "-> [2, None]")
    editor.type("A6])\x1b")
    hinted(editor, "next = halve_all([6])", "next = [3]")


def test_the_off_switch_works_and_so_does_on(open_file: Open) -> None:
    editor = open_file()
    hinted(editor, "result = halve_all", "result = [2, None]")
    for value in ("false", "true"):
        editor.command(
            "lua for _, c in ipairs(vim.lsp.get_clients()) do "
            f"c.settings = {{neuraldbg = {{enable = {value}}}}} "
            "c:notify('workspace/didChangeConfiguration', {settings = c.settings}) end"
        )
        wanted = value == "true"
        editor.until(lambda w=wanted: editor.shows("result = [2, None]") is w, f"hints where enable = {value}")
        assert bool(labels(editor)) is wanted


def test_a_predicted_exception_is_a_hint_and_no_error(open_file: Open) -> None:
    editor = open_file("def first(items):\n    return items[0]\n\n\nvalue = first([])\n")
    found = editor.until(
        lambda: editor.lua("return vim.tbl_map(function(d) return {d.message, d.severity} end, vim.diagnostic.get(0))"),
        "a diagnostic",
    )
    assert any("IndexError" in message for message, _ in found)
    assert all(severity >= 3 for _, severity in found), "Information or Hint, never a warning"


def test_lenses_choose_a_turn_of_a_loop(open_file: Open) -> None:
    editor = open_file()
    editor.until(
        lambda: editor.shows("all 2 turns", "predict halve_all([4, 7])"), "the lenses, without asking for them"
    )
    editor.type("12G")
    editor.command("lua vim.lsp.codelens.run()")  # asks which one of the line's
    editor.until(lambda: editor.shows("next \u25b6"), "the choice")
    editor.type(f"{choice(editor, 'next')}\r")
    editor.until(lambda: "n = 4 " in editor.line("for n in numbers:") and editor.shows("turn 1 of 2"), "the first turn")
    assert labels(editor)[12] == "n = 4"


def choice(editor: Neovim, word: str) -> str:
    """The number before an item of a list to choose from."""
    rows = [row.strip() for row in editor.screen()]
    return next(row.partition(":")[0] for row in rows if row[:1].isdigit() and word in row)
