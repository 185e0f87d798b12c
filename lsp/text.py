"""Texts as the protocol counts them: lines end in LF, CRLF or CR only, columns are units of the client's encoding.

A notebook's cells of Python form one program; ``Text`` knows which of its lines stand in which cell.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lsprotocol import types
from pygls.workspace import TextDocument, Workspace

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_WORD = re.compile(r"\w+")
_MOST_WORK = 4_000_000  # pairs of lines to compare; beyond, what changed is not matched
_MAGIC = re.compile(r"[%!]|.*\?\s*$")  # of IPython: no Python


def split_lines(text: str) -> list[str]:
    """The lines of a text with their ends; form feeds and other separators of Python's ``splitlines`` end none."""
    return _LINE.findall(text)


def units(text: str, encoding: str = "utf-16") -> int:
    """Length of a text in units of ``encoding`` (utf-8, utf-16 or utf-32)."""
    if text.isascii() or encoding == "utf-32":
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(c > "\uffff" for c in text)


def column(text: str, count: int, encoding: str = "utf-16") -> int:
    """Index of the character at ``count`` units, at most the length of the text; inside of one, the next."""
    if text.isascii() or encoding == "utf-32":
        return min(count, len(text))
    for index, character in enumerate(text):
        if count <= 0:
            return index
        count -= units(character, encoding)
    return len(text)


class SourceDocument(TextDocument):
    """A document that agrees with its client on where lines end and how far a column can go."""

    @property
    def lines(self) -> Sequence[str]:
        return split_lines(self.source)

    @property
    def source(self) -> str:
        return self._source or ""  # never read from disk: what is not open is none of ours

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        lines = self.lines
        start, end = (self._offset(lines, p) for p in (change.range.start, change.range.end))
        self._source = self.source[:start] + change.text + self.source[max(start, end) :]

    def _offset(self, lines: Sequence[str], position: types.Position) -> int:
        before = sum(map(len, lines[: position.line]))
        if position.line >= len(lines):
            return before
        line = lines[position.line].rstrip("\r\n")
        return before + column(line, position.character, str(self.position_codec.encoding or "utf-16"))


class SourceWorkspace(Workspace):
    """A workspace of `SourceDocument`."""

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> TextDocument:
        return SourceDocument(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self.position_codec,
        )


@dataclass(frozen=True)
class Part:
    """A document, or a notebook's cell.

    Attributes:
        uri: of the text document.
        first: number of its first line in the program, 1 the first.
        lines: without their ends.
    """

    uri: str
    first: int
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """What is predicted as one program.

    Attributes:
        parts: in order.
        encoding: of the client's columns.
    """

    parts: tuple[Part, ...]
    encoding: str = "utf-16"

    @staticmethod
    def of(sources: Iterable[tuple[str, str]], encoding: str = "utf-16", notebook: bool = False) -> Text:
        """From pairs of URI and text."""
        parts: list[Part] = []
        first = 1
        for uri, source in sources:
            lines = tuple(line.rstrip("\r\n") for line in split_lines(source))
            parts.append(Part(uri, first, lines))
            first += len(lines) + notebook  # cells stand apart, so that none continues another
        return Text(tuple(parts), encoding)

    @cached_property
    def source(self) -> str:
        """The program's text; magics of notebooks are blanked, their lines stay."""
        if len(self.parts) == 1 and self.parts[0].uri.partition(":")[0] != "vscode-notebook-cell":
            return "\n".join(self.parts[0].lines).removeprefix("\ufeff") + "\n"
        return "\n\n".join("\n".join(_without_magics(part.lines)) for part in self.parts) + "\n"

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Of the program."""
        return tuple(self.source.split("\n"))

    def part(self, uri: str) -> Part | None:
        """The part that is this text document."""
        return next((part for part in self.parts if part.uri == uri), None)

    def end_of(self, part: Part, line: int) -> types.Position:
        """Where the text of a line of the program ends, trailing blanks left out."""
        row = line - part.first
        return types.Position(row, units(part.lines[row].rstrip(), self.encoding))

    def whole_line(self, part: Part, line: int) -> types.Range:
        """A line without its indentation."""
        row = line - part.first
        text = part.lines[row]
        start = units(text[: len(text) - len(text.lstrip())], self.encoding)
        end = self.end_of(part, line)
        return types.Range(types.Position(row, min(start, end.character)), end)

    def span(self, part: Part, line: int, start: int, end: int) -> types.Range:
        """Characters ``start`` to ``end`` of a line."""
        row = line - part.first
        text = part.lines[row]
        return types.Range(
            types.Position(row, units(text[:start], self.encoding)),
            types.Position(row, units(text[:end], self.encoding)),
        )

    def word_at(self, part: Part, position: types.Position) -> tuple[int, int, int] | None:
        """Line of the program, first and last column of the word there; None where there is none."""
        if not 0 <= position.line < len(part.lines):
            return None
        text = part.lines[position.line]
        at = column(text, position.character, self.encoding)
        for match in _WORD.finditer(text):
            if match.start() <= at <= match.end():
                return part.first + position.line, match.start(), match.end()
        return None


def _without_magics(lines: Sequence[str]) -> list[str]:
    if any(line.startswith("%%") for line in lines[:1]):
        return [""] * len(lines)
    return [_blank(line) if _MAGIC.match(line.strip()) and not line.strip().startswith("#") else line for line in lines]


def _blank(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "pass"


def line_map(old: Sequence[str], new: Sequence[str]) -> Mapping[int, int]:
    """Line of the old text -> line of the new one, 1 the first, for lines that say the same in the same order."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    out = {i + 1: i + 1 for i in range(start)}
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    if len(left) * len(right) < _MOST_WORK:
        for a, b, size in difflib.SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks():
            out.update({start + a + i + 1: start + b + i + 1 for i in range(size)})
    out.update({len(old) - i: len(new) - i for i in range(end)})
    return out
