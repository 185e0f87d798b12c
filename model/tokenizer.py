"""The tokenizer of the CWM family: tiktoken ranks first, then 256 reserved slots for special tokens.

Any ranks file in tiktoken's format works (Llama 3's 128000 ranks, or the 2-4k ranks of the embedded model): the
special tokens sit at the same offsets after the last rank, so the trace grammar is the same for every size.
``to_fast`` and ``save_fast`` give the same tokenization as an ordinary Hugging Face folder. Importing this module loads
neither tiktoken nor transformers. It does not know the trace grammar (grammar.py) nor how ranks are made
(training/tokenizer.py).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neuraldbg.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

FILE_NAME: Final = "tokenizer.model"
N_RESERVED: Final = 256

# Llama 3's and CWM's. Every piece it cuts is encoded on its own, so no token crosses one of these borders.
SPLIT_PATTERN: Final = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# Offsets after the last rank. The other slots are <|reserved_special_token_OFFSET|>; 108-119 are free for our use.
SPECIAL_OFFSETS: Final[Mapping[str, int]] = {
    "begin_of_text": 0,
    "end_of_text": 1,
    "pad": 4,
    "start_header_id": 6,
    "end_header_id": 7,
    "eom_id": 8,
    "eot_id": 9,
    "frame_sep": 100,
    "action_sep": 101,
    "return_sep": 102,
    "call_sep": 103,
    "line_sep": 104,
    "exception_sep": 105,
    "arg_sep": 106,
    "trace_context_start": 107,
    "reasoning_thinking_start": 120,
    "reasoning_thinking_end": 121,
}

# Slots that CWM leaves free and this project uses; their strings stay <|reserved_special_token_OFFSET|>.
OWN_OFFSETS: Final[Mapping[str, int]] = {
    "operation_sep": 108,
    "action_over": 109,
    "action_out": 110,
    "action_run_to": 111,
    "action_back": 112,
    "action_back_over": 113,
    "action_entry": 114,
}

_CACHED_CHARS = 64  # frames repeat short texts (a line, `{"x": "`); longer ones are mostly new
_CACHE_SIZE = 1 << 16


def special_names() -> tuple[str, ...]:
    """The 256 special strings in the order of their offsets, ``<|begin_of_text|>`` first."""
    names = [f"<|reserved_special_token_{offset}|>" for offset in range(N_RESERVED)]
    for name, offset in SPECIAL_OFFSETS.items():
        names[offset] = f"<|{name}|>"
    return tuple(names)


def read_ranks(path: Path) -> dict[bytes, int]:
    """Reads a tiktoken ranks file (a line a rank: base64 of the bytes, a blank, the rank), in the order of ranks.

    tiktoken's own loader is not used: it keeps a copy in a cache keyed by the path and would return the old ranks
    of a file that has been trained anew.

    Raises:
        ModelError: if the file cannot be read, is no such file, has gaps, doubles, or lacks one of the 256 bytes.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ModelError(f"cannot read the tokenizer {path}: {error.strerror or error}") from error
    ranks: dict[bytes, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            token, rank = line.split()
            ranks[base64.b64decode(token, validate=True)] = int(rank)
        except (ValueError, binascii.Error) as error:
            raise ModelError(f"{path}, line {number}: not a tiktoken ranks file") from error
    check_ranks(ranks, str(path))
    return dict(sorted(ranks.items(), key=lambda item: item[1]))


def check_ranks(ranks: Mapping[bytes, int], name: str = "ranks") -> None:
    """Checks that ranks are 0..n-1 and hold every single byte.

    Raises:
        ModelError: with ``name`` in the message.
    """
    if sorted(ranks.values()) != list(range(len(ranks))):
        raise ModelError(f"{name}: ranks must be 0 to {len(ranks) - 1}, each once")
    missing = [byte for byte in range(256) if bytes([byte]) not in ranks]
    if missing:
        raise ModelError(f"{name}: {len(missing)} of the 256 single bytes are missing, first 0x{missing[0]:02x}")


def write_ranks(ranks: Mapping[bytes, int], path: Path) -> None:
    """Writes tiktoken's format, lowest rank first."""
    rows = sorted(ranks.items(), key=lambda item: item[1])
    path.write_bytes(b"".join(base64.b64encode(token) + b" %d\n" % rank for token, rank in rows))


class CwmTokenizer:
    """Text to token ids and back, in CWM's layout.

    Every name of ``SPECIAL_OFFSETS`` and ``OWN_OFFSETS`` is an attribute holding that token's id
    (``tokenizer.frame_sep``).

    Args:
        ranks: token bytes -> rank; 0..n-1, with all single bytes.

    Raises:
        ModelError: if the ranks have gaps or lack a byte.
    """

    begin_of_text: int
    end_of_text: int
    pad: int
    start_header_id: int
    end_header_id: int
    eom_id: int
    eot_id: int
    frame_sep: int
    action_sep: int
    return_sep: int
    call_sep: int
    line_sep: int
    exception_sep: int
    arg_sep: int
    trace_context_start: int
    reasoning_thinking_start: int
    reasoning_thinking_end: int
    operation_sep: int
    action_over: int
    action_out: int
    action_run_to: int
    action_back: int
    action_back_over: int
    action_entry: int

    def __init__(self, ranks: Mapping[bytes, int]) -> None:
        import tiktoken

        check_ranks(ranks)
        self.ranks = dict(ranks)
        self.n_ranks = len(ranks)
        self.vocab_size = self.n_ranks + N_RESERVED
        for name, offset in (*SPECIAL_OFFSETS.items(), *OWN_OFFSETS.items()):
            setattr(self, name, self.n_ranks + offset)
        self._special_names = special_names()
        self._bytes = [token for token, _ in sorted(ranks.items(), key=lambda item: item[1])]
        self._encoding = tiktoken.Encoding(
            name="cwm",
            pat_str=SPLIT_PATTERN,
            mergeable_ranks=self.ranks,
            special_tokens={name: self.n_ranks + offset for offset, name in enumerate(self._special_names)},
        )
        encode = self._encoding.encode_ordinary
        self._encode_short = lru_cache(_CACHE_SIZE)(lambda text: tuple(encode(text)))

    @classmethod
    def load(cls, path: str | Path) -> CwmTokenizer:
        """Loads ``tokenizer.model``; ``path`` is that file or the folder that holds it.

        Raises:
            ModelError: if there is none or it is damaged.
        """
        path = Path(path)
        return cls(read_ranks(path / FILE_NAME if path.is_dir() else path))

    @classmethod
    def from_json(cls, path: str | Path) -> CwmTokenizer:
        """Takes the ranks from Hugging Face's ``tokenizer.json``, for checkpoints that come without tokenizer.model.

        Raises:
            ModelError: if it cannot be read, is no byte-level BPE, or its special tokens are not where CWM has them.
        """
        path = Path(path)
        bytes_of = {letter: byte for byte, letter in enumerate(_byte_alphabet())}
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            ids: dict[str, int] = stored["model"]["vocab"]
            special = {token["content"]: token["id"] for token in stored["added_tokens"]}
            ranks = {bytes(bytes_of[letter] for letter in token): i for token, i in ids.items() if token not in special}
        except OSError as error:
            raise ModelError(f"cannot read the tokenizer {path}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: not a byte-level BPE tokenizer") from error
        check_ranks(ranks, str(path))
        wrong = [name for name, at in SPECIAL_OFFSETS.items() if special.get(f"<|{name}|>") != len(ranks) + at]
        if wrong:
            raise ModelError(
                f"{path}: <|{wrong[0]}|> is not at CWM's place, {SPECIAL_OFFSETS[wrong[0]]} after the ranks"
            )
        return cls(ranks)

    def save(self, path: str | Path) -> None:
        """Writes the ranks file; ``path`` is the file or the folder to hold it."""
        path = Path(path)
        write_ranks(self.ranks, path / FILE_NAME if path.is_dir() else path)

    def reserved(self, offset: int) -> int:
        """Id of the special slot at ``offset`` (0-255) after the last rank."""
        if not 0 <= offset < N_RESERVED:
            raise ValueError(f"no special slot {offset}, there are {N_RESERVED}")
        return self.n_ranks + offset

    def encode(self, text: str) -> list[int]:
        """Ids of ordinary text: ``<|frame_sep|>`` written in it is spelled out, never the special token."""
        if len(text) <= _CACHED_CHARS:
            return list(self._encode_short(text))
        return self._encoding.encode_ordinary(text)

    def encode_with_special(self, text: str) -> list[int]:
        """Ids of text in which special strings become special tokens: for texts of ours, never for a user's."""
        return self._encoding.encode(text, allowed_special="all")

    def decode(self, ids: Iterable[int]) -> str:
        """Text of the ids: special tokens by their names, bytes that are no UTF-8 as U+FFFD.

        Raises:
            ValueError: if an id is outside the vocabulary.
        """
        shown = (self.token_bytes(i) or self.special_name(i).encode() for i in ids)
        return b"".join(shown).decode("utf-8", errors="replace")

    def decode_bytes(self, ids: Iterable[int]) -> bytes:
        """Bytes of the ordinary tokens; special tokens give none.

        Raises:
            ValueError: if an id is outside the vocabulary.
        """
        return b"".join(map(self.token_bytes, ids))

    def token_bytes(self, token_id: int) -> bytes:
        """Bytes of one token, ``b""`` for a special one.

        Raises:
            ValueError: if the id is outside the vocabulary.
        """
        if 0 <= token_id < self.n_ranks:
            return self._bytes[token_id]
        self.special_name(token_id)
        return b""

    def is_special(self, token_id: int) -> bool:
        """True for the 256 ids after the last rank."""
        return self.n_ranks <= token_id < self.vocab_size

    def special_name(self, token_id: int) -> str:
        """``<|frame_sep|>`` and the like.

        Raises:
            ValueError: if the id is not that of a special token.
        """
        if not self.is_special(token_id):
            raise ValueError(f"token {token_id} is not special: those are {self.n_ranks} to {self.vocab_size - 1}")
        return self._special_names[token_id - self.n_ranks]


def merges_of(ranks: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """The merges that make a merge-list BPE behave as tiktoken's.

    tiktoken joins the neighbours whose joined bytes have the lowest rank, however they were learnt: so every split of a
    token into two tokens is a merge, in the order of ranks.
    """
    merges = []
    for token, _ in sorted(ranks.items(), key=lambda item: item[1]):
        splits = ((token[:i], token[i:]) for i in range(1, len(token)))
        known = [pair for pair in splits if pair[0] in ranks and pair[1] in ranks]
        merges += sorted(known, key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))
    return merges


def _byte_alphabet() -> list[str]:
    """GPT-2's printable stand-in for each byte, which the byte-level tokenizers of Hugging Face write to JSON."""
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def to_fast(tokenizer: CwmTokenizer, **options: Any) -> PreTrainedTokenizerFast:
    """The same tokenization as transformers' fast tokenizer.

    Its call reads special strings as special tokens, as :meth:`CwmTokenizer.encode_with_special` does; pass
    ``split_special_tokens=True`` to its call for text that is not trusted. It adds no begin_of_text.

    Args:
        options: further arguments of ``PreTrainedTokenizerFast``, such as ``model_max_length`` in tokens.
    """
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = _byte_alphabet()

    def spell(token: bytes) -> str:
        return "".join(letters[byte] for byte in token)

    vocab = {spell(token): rank for token, rank in tokenizer.ranks.items()}
    merges = [(spell(left), spell(right)) for left, right in merges_of(tokenizer.ranks)]
    fast = Tokenizer(models.BPE(vocab=vocab, merges=merges, ignore_merges=True))
    split = pre_tokenizers.Split(Regex(SPLIT_PATTERN), behavior="isolated")
    fast.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    fast.decoder = decoders.ByteLevel()
    fast.add_special_tokens([AddedToken(name, normalized=False, special=True) for name in special_names()])
    settings = {
        "bos_token": "<|begin_of_text|>",
        "eos_token": "<|end_of_text|>",
        "pad_token": "<|pad|>",
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    make: Callable[..., PreTrainedTokenizerFast] = PreTrainedTokenizerFast  # its constructor has no annotations
    return make(tokenizer_object=fast, **(settings | options))


def save_fast(tokenizer: CwmTokenizer, folder: str | Path, **options: Any) -> Sequence[Path]:
    """Writes tokenizer.model and what ``AutoTokenizer.from_pretrained(folder)`` needs; returns the files written.

    Args:
        folder: made if missing.
        options: as for :func:`to_fast`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder)
    fast = to_fast(tokenizer, **options)
    written = [Path(name) for name in fast.save_pretrained(str(folder))]
    config_file = folder / "tokenizer_config.json"
    config = json.loads(config_file.read_text(encoding="utf-8"))
    config["tokenizer_class"] = "PreTrainedTokenizerFast"  # the name that transformers 4 (and so vLLM) knows as well
    map_file = folder / "special_tokens_map.json"
    for file, content in ((config_file, config), (map_file, fast.special_tokens_map)):
        file.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return [folder / FILE_NAME, *dict.fromkeys([*(file for file in written if file.is_file()), map_file])]
