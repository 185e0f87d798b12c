"""Trains the ranks (``tokenizer.model``) of the small models.

    python -m neuraldbg.training.tokenizer runs/tokenizer.model --ranks 2048 [--source FOLDER] [--traces FILE]

The result is a ranks file in tiktoken's format, cut by CWM's split pattern and joined by tiktoken's own rule (the
neighbours whose joined bytes have the lowest rank), so tiktoken reproduces the training's tokens exactly. Digits stand
alone unless ``numbers`` is given. How letters may merge is the option ``protect``: a model of a few million parameters
cannot index or reverse a string whose letters hide in arbitrary chunks. What a choice does to a model, ablations.py
measures.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import heapq
import io
import json
import keyword
import random
import sys
import sysconfig
import tokenize
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import regex

from neuraldbg.model.tokenizer import SPLIT_PATTERN, write_ranks
from neuraldbg.steps import UNCHANGED, base_locals, read_trace
from neuraldbg.training.command import reported

Protect = Literal["digits", "words", "bare"]

_SPLIT: Final = regex.compile(SPLIT_PATTERN)
_WORD: Final = regex.compile(r"[^\p{L}\p{N}]?[A-Za-z]+")  # what the pattern cuts as one word, ASCII letters only
_LETTER_OR_DIGIT: Final = regex.compile(r"[\p{L}\p{N}]")
_LONGEST_PIECE = 64  # bytes; longer runs (rulers of dashes) would teach nothing and cost quadratic time
_MOST_PER_TEXT = 10


def train_ranks(
    texts: Iterable[str],
    n_ranks: int = 2048,
    *,
    max_merge_len: int = 8,
    max_word_len: int = 24,
    protect: Protect = "words",
    only: Container[str] | None = None,
    min_count: int = 4,
    numbers: bool = False,
) -> dict[bytes, int]:
    """Learns ``n_ranks`` ranks: the 256 bytes (rank = byte), then the tokens that save most, in that order.

    Args:
        texts: texts as they will be encoded, one a stretch between special tokens.
        n_ranks: size of the result.
        max_merge_len: bytes of the longest token joined from smaller ones; runs of blanks may be twice as long.
        max_word_len: bytes of the longest whole word, its leading blank or sign included.
        protect: "digits": letters merge as in any BPE. "words": letters appear only in tokens that are a whole piece of
            the split pattern (`` return``, ``.append``, ``total``); any other word is spelled letter by letter. "bare":
            as "words", and a word without a leading blank or sign is spelled too, unless it is a keyword, so the
            first word of every string is spelled.
        only: with "words" or "bare", the words that may become tokens, without leading blank or sign; None: any.
        min_count: a token is learnt only if it would be used so often in ``texts``.
        numbers: digits may merge too, up to the three that the split pattern keeps together.

    Raises:
        ValueError: if the texts hold too few candidates, or n_ranks is below 256.

    The joined tokens are byte-pair encoding (Sennrich et al. 2016, arXiv 1508.07909).
    """
    if n_ranks < 256:
        raise ValueError(f"n_ranks must be at least 256, the single bytes; got {n_ranks}")
    words, joined = _candidates(_count_pieces(texts), protect, max_word_len, only, numbers)
    ranks = {bytes([byte]): byte for byte in range(256)}
    merger = _Merger(joined, ranks, max_merge_len)
    by_gain = sorted(words.items(), key=lambda item: (item[1] * (len(item[0]) - 1), item[0]))
    by_gain = [(word, count) for word, count in by_gain if count >= min_count]
    while len(ranks) < n_ranks:
        merge_gain = merger.best_count()
        word_gain = by_gain[-1][1] * (len(by_gain[-1][0]) - 1) if by_gain else 0
        if max(merge_gain, word_gain) < min_count:
            raise ValueError(f"the texts give only {len(ranks)} ranks of {n_ranks}: pass more text or lower min_count")
        if word_gain >= merge_gain:
            ranks[by_gain.pop()[0]] = len(ranks)
        else:
            merger.merge()
    return ranks


def split(text: str) -> list[str]:
    """The pieces that are encoded on their own."""
    pieces: list[str] = _SPLIT.findall(text)
    return pieces


def _count_pieces(texts: Iterable[str]) -> Counter[str]:
    """Occurrences of each piece; one text counts at most ``_MOST_PER_TEXT`` times, so no single file makes a word."""
    pieces: Counter[str] = Counter()
    for text in texts:
        for piece, count in Counter(split(text)).items():
            pieces[piece] += min(count, _MOST_PER_TEXT) if piece[-1].isalpha() else count
    return pieces


def _candidates(
    pieces: Mapping[str, int], protect: Protect, max_word_len: int, only: Container[str] | None, numbers: bool
) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """Sorts pieces into whole-word candidates and pieces that are joined pair by pair, with digits only if ``numbers``.

    A whole word needs three bytes. With no token of two bytes that holds a letter, joining can never start inside a
    word, so tiktoken finds a word token only where the word is the whole piece.
    """
    words: dict[bytes, int] = {}
    joined: dict[bytes, int] = {}
    for piece, count in pieces.items():
        token = piece.encode("utf-8", errors="replace")
        if len(token) < 2:
            continue
        if regex.search(r"\p{N}", piece):
            if numbers:
                joined[token] = count
        elif protect == "digits" or not _LETTER_OR_DIGIT.search(piece):
            if len(token) <= _LONGEST_PIECE:
                joined[token] = count
        elif 3 <= len(token) <= max_word_len and _WORD.fullmatch(piece):
            letters = piece if piece.isalpha() else piece[1:]
            if (only is None or letters in only) and (
                protect == "words" or letters is not piece or piece in keyword.kwlist
            ):
                words[token] = count
    return words, joined


class _Merger:
    """Joins neighbours into new ranks, keeping every piece as tiktoken would encode it with the ranks so far."""

    def __init__(self, pieces: Mapping[bytes, int], ranks: dict[bytes, int], max_len: int) -> None:
        self._ranks = ranks
        self._max_len = max_len
        self._pieces = list(pieces.items())
        self._counts: Counter[bytes] = Counter()
        self._where: defaultdict[bytes, set[int]] = defaultdict(set)
        self._heap: list[tuple[int, int, bytes]] = []
        for index in range(len(self._pieces)):
            self._add(index, +1)
        self._push(self._counts)

    def _add(self, index: int, sign: int) -> set[bytes]:
        piece, count = self._pieces[index]
        tokens = rank_greedy(piece, self._ranks)
        pairs = [left + right for left, right in zip(tokens, tokens[1:], strict=False) if self._allowed(left + right)]
        for pair in pairs:
            self._counts[pair] += sign * count
            (self._where[pair].add if sign > 0 else self._where[pair].discard)(index)
        return set(pairs)

    def _allowed(self, token: bytes) -> bool:
        return len(token) <= self._max_len * (1 + token.isspace())

    def _push(self, pairs: Iterable[bytes]) -> None:
        for pair in pairs:
            heapq.heappush(self._heap, (-self._counts[pair], len(pair), pair))

    def best_count(self) -> int:
        """How often the most frequent pair of neighbours occurs; 0 if there is none."""
        while self._heap and -self._heap[0][0] != self._counts[self._heap[0][2]]:
            heapq.heappop(self._heap)
        return -self._heap[0][0] if self._heap else 0

    def merge(self) -> None:
        """Gives the most frequent pair (ties: the shorter, then the smaller bytes) the next rank."""
        self.best_count()
        token = self._heap[0][2]
        affected = sorted(self._where[token])
        changed = set[bytes]()
        for index in affected:
            changed |= self._add(index, -1)
        self._ranks[token] = len(self._ranks)
        for index in affected:
            changed |= self._add(index, +1)
        self._push(changed)


def rank_greedy(piece: bytes, ranks: Mapping[bytes, int]) -> list[bytes]:
    """Tokens of one piece by tiktoken's rule: join the lowest-ranked neighbours, leftmost first, until none is left."""
    tokens = [piece[i : i + 1] for i in range(len(piece))]
    none = len(ranks)
    while len(tokens) > 1:
        joined = [ranks.get(left + right, none) for left, right in zip(tokens, tokens[1:], strict=False)]
        lowest = min(joined)
        if lowest == none:
            break
        i = joined.index(lowest)
        tokens[i : i + 2] = [tokens[i] + tokens[i + 1]]
    return tokens


_SKIPPED: Final = frozenset(  # of the standard library: what is not written like a user's script
    "test tests idlelib lib2to3 encodings turtledemo site-packages ensurepip tkinter distutils multiprocessing asyncio "
    "xml email wsgiref msilib curses dbm xmlrpc http concurrent ctypes logging unittest pydoc_data sqlite3 "
    "importlib".split()
)
_BUILTIN_WEIGHT = 100  # repetitions: a program that uses str.swapcase is rare, but not to be spelled
_NAME_WEIGHT = 60


# Texts to learn from ------------------------------------------------------------------------------------------------


def code_only(source: str) -> str:
    """The source without the letters and digits of comments and strings, which would become words of the vocabulary.

    Raises:
        SyntaxError, tokenize.TokenError: if it is not Python.
    """
    lines = source.splitlines(keepends=True)
    prose = {tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        if token.type not in prose:
            continue
        (first, start), (last, end) = token.start, token.end
        for row in range(first - 1, last):
            line = lines[row]
            a, b = (start if row == first - 1 else 0), (end if row == last - 1 else len(line))
            lines[row] = line[:a] + _LETTER_OR_DIGIT.sub("", line[a:b]) + line[b:]
    return "".join(lines)


def python_functions(folder: Path, max_lines: int = 30) -> Iterator[list[tuple[str, list[str]]]]:
    """Short functions of the Python files below a folder, as ``code_only``, docstrings left out.

    Args:
        folder: tests, vendored and generated packages in it are skipped.
        max_lines: functions longer than that are left out.

    Yields:
        For each file, the functions' texts with the names of their variables.
    """
    for path in sorted(folder.rglob("*.py")):
        if _SKIPPED & set(path.relative_to(folder).parts):
            continue
        try:
            source = path.read_text(encoding="utf-8")
            tree, lines = ast.parse(source), code_only(source).splitlines(keepends=True)
        except (SyntaxError, UnicodeDecodeError, tokenize.TokenError):
            continue  # a template or a file for another version of Python
        functions = []
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef) or (node.end_lineno or 0) - node.lineno >= max_lines:
                continue
            keep = set(range(node.lineno - 1, node.end_lineno or node.lineno))
            if ast.get_docstring(node) is not None:
                keep -= set(range(node.body[0].lineno - 1, node.body[0].end_lineno or 0))
            body = "".join(lines[i] for i in sorted(keep))
            stored = (n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
            functions.append((body, list(dict.fromkeys([*(arg.arg for arg in node.args.args), *stored]))))
        yield functions


def frame_texts(names: Sequence[str], rng: random.Random, frames: int = 4) -> Iterator[str]:
    """The texts between the special tokens of a few frames: JSON of locals, some of them unchanged, and a value."""
    for _ in range(frames):
        shown = names[: rng.randint(0, min(len(names), 8))]
        yield json.dumps({name: UNCHANGED if rng.random() < 0.6 else repr(_value(rng)) for name in shown})
    yield json.dumps(rng.choice(_RAISED) if rng.random() < 0.2 else repr(_value(rng)))


def _value(rng: random.Random, depth: int = 0) -> Any:
    """A random value; strings have random letters, so that no word is learnt from them."""
    leaves: list[Callable[[], Any]] = [
        lambda: rng.randint(-20, 200),
        lambda: rng.choice([None, True, False]),
        lambda: round(rng.uniform(-5, 50), rng.randint(0, 3)),
        lambda: "".join(rng.choices("abcdefghijklmnopqrstuvwxyzABC 013.,-_\n", k=rng.randint(0, 9))),
    ]
    size = rng.randint(0, 4)
    nested: list[Callable[[], Any]] = [
        lambda: [_value(rng, depth + 1) for _ in range(size)],
        lambda: tuple(_value(rng, depth + 1) for _ in range(size)),
        lambda: {rng.choice(leaves)(): _value(rng, depth + 1) for _ in range(size)},
        lambda: {*rng.sample(range(-9, 50), size)} if size > 1 else {rng.choice(leaves)()},  # order of str would vary
    ]
    return rng.choice(leaves if depth > 1 or rng.random() < 0.5 else nested)()


def _raised() -> list[str]:
    """Reprs of everyday exceptions, by raising them."""
    faults = """[][0]; ()[0]; ''[0]; {}['a']; {}[1]; 1 / 0; 1 // 0; 1 % 0; int('x'); float('x'); 'a' + 1; 1 + 'a'
        [] + 1; n + 1; len(1); n[0]; i[0]; n.x; [].x; ''.x; x; i(); [].pop(); {}.popitem(); set().pop(); [].remove(1)
        [].index(1); ''.index('a'); max([]); min([]); next(iter([])); iter(1); {[]: 1}; hash([]); '%d' % 'a'
        (lambda x: x)(); (lambda: 1)(1); chr(-1); ord('ab'); range(1, 2, 0); [][::0]; 'a' < 1; [1] < [n]
        sum(['a']); ''.join([1]); b''.decode(1)"""
    found = []
    for fault in faults.replace("\n", ";").split(";"):
        try:
            eval(fault.strip(), {"n": None, "i": 1})
        except Exception as error:  # every kind is wanted: the fault is the point
            found.append(repr(error))
    return found


_RAISED: Final = _raised()
_BUILTIN_TYPES = (str, list, dict, set, tuple, int, float, bytes)


def builtin_words() -> frozenset[str]:
    """Keywords, builtins and public attributes of the builtin types."""
    names = {*keyword.kwlist, *dir(builtins)}
    names |= {name for kind in _BUILTIN_TYPES for name in dir(kind)}
    return frozenset(name for name in names if not name.startswith("_"))


def builtin_texts() -> Iterator[str]:
    """Keywords, builtins and public methods of the builtin types, in the places where code and frames have them."""
    for name in keyword.kwlist:
        yield f"{name} x\n    {name} y\n"
        if name in ("None", "True", "False", "lambda"):
            yield f"    f(key={name})\n    f({name})\n"
    for name in dir(builtins):
        value = getattr(builtins, name)
        if name.startswith("_") or type(value).__module__ == "_sitebuiltins":
            continue
        if isinstance(value, type) and issubclass(value, BaseException):
            yield f"    raise {name}(y)\n"
        else:
            yield f"    x = {name}(y)\n    f({name}(y), key={name})\n"
    for name in sorted({name for kind in _BUILTIN_TYPES for name in dir(kind) if not name.startswith("_")}):
        yield f"    y = x.{name}(z)\n    y = f().{name}(z)\n"


def name_texts(names: Iterable[str]) -> Iterator[str]:
    """Assignments, calls and frames with the given variable names."""
    for name in names:
        yield f"    {name} = x\n    f({name}, {name})\n"
        yield from (f'{{"{name}": "1", "', f'{name}": ".."}}')


def default_texts(folders: Sequence[Path] = (), seed: int = 0) -> Iterator[str]:
    """Source and frame texts: functions of the standard library and of ``folders``, builtins, the generator's names."""
    from neuraldbg.training.data.naming import POOLS

    rng = random.Random(seed)
    for folder in (Path(sysconfig.get_path("stdlib")), *folders):
        for functions in python_functions(folder):
            yield "".join(body for body, _ in functions)
            for _, names in functions:
                yield from frame_texts(names, rng)
    for _ in range(_BUILTIN_WEIGHT):
        yield from builtin_texts()
    pool = sorted({name for names in POOLS.values() for name in names})
    for _ in range(_NAME_WEIGHT):
        yield from name_texts(pool)


def generated_texts(n: int, seed: int) -> Iterator[str]:
    """Sources of ``n`` generated programs, with the mark of the entry as prompts write it."""
    from neuraldbg.model.prompt import MARK
    from neuraldbg.training.data.programs import generate

    rng = random.Random(seed)
    for _ in range(n):
        yield generate(rng).source + MARK


def trace_texts(path: Path) -> Iterator[str]:
    """Source and frame texts of a recorded trace, as CWM's grammar writes them.

    Raises:
        InputError: if the file is no trace.
    """
    trace = read_trace(path)
    yield trace.source
    for step, before in zip(trace.steps, base_locals(trace.steps), strict=True):
        if step.value is not None:
            yield json.dumps(step.value, ensure_ascii=False)
            continue
        known = before or {}
        shown = {name: UNCHANGED if known.get(name) == value else value for name, value in step.locals.items()}
        yield json.dumps(shown, ensure_ascii=False)


def main(argv: Sequence[str] | None = None) -> None:
    """Trains and writes a ranks file; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python -m neuraldbg.training.tokenizer", description=__doc__)
    parser.add_argument("out", type=Path, help="the ranks file to write")
    parser.add_argument("--ranks", type=int, default=2048)
    parser.add_argument("--protect", choices=("digits", "words", "bare"), default="words")
    parser.add_argument("--numbers", action="store_true", help="digits may merge")
    parser.add_argument("--words", choices=("all", "builtins"), default="all", help="what may be a whole-word token")
    parser.add_argument("--max-merge-len", type=int, default=8, metavar="BYTES")
    parser.add_argument("--source", type=Path, action="append", default=[], help="further folder of Python files")
    parser.add_argument("--traces", type=Path, action="append", default=[], help="trace file (JSON Lines)")
    parser.add_argument("--generated", type=int, default=0, metavar="N", help="programs of our own generator to add")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    texts = [*default_texts(options.source, options.seed)]
    if options.generated:
        texts += generated_texts(options.generated, options.seed)
    for path in options.traces:
        texts += trace_texts(path)
    only = builtin_words() if options.words == "builtins" else None
    ranks = train_ranks(
        texts,
        options.ranks,
        max_merge_len=options.max_merge_len,
        protect=options.protect,
        only=only,
        numbers=options.numbers,
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_ranks(ranks, options.out)
    print(f"{options.out}: {len(ranks)} ranks from {sum(map(len, texts)):,} characters")


if __name__ == "__main__":
    sys.exit(reported(main))
