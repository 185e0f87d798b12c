"""Names for generated programs: pools by role, fresh within one program.

A role is what a variable is for (``xs`` a list of numbers, ``ch`` a character, ``acc`` a running total). The pools mix
the natural names and the one-letter names that people really use. Nothing here knows about syntax.
"""

from __future__ import annotations

import random

POOLS: dict[str, tuple[str, ...]] = {
    role: tuple(names.split())
    for role, names in {
        "xs": "nums numbers values arr lst array a xs items data li seq l vals elements integers list1 nums1 scores",
        "ys": "others ys b list2 nums2 arr2 second other extra l2 right_list more",
        "ws": "words strs names strings items parts tokens lst l ws list1 string_list lines keys labels tags array",
        "text": "text s string txt st word sentence line value phrase message str1 t input_string data name content",
        "t": "t other str2 s2 pattern text2 second target_text p suffix prefix substr sub",
        "c": "char c ch letter sep delim character delimiter x old symbol separator mark",
        "c2": "new d replacement other char2 new_char y fill",
        "n": "n k num number m x limit size target threshold amount value count length step width base",
        "n2": "m k j y b limit upper end high other_num size step times",
        "i": "i idx index pos i i position",
        "j": "j jdx k pos2 jj inner",
        "x": "x num n v val item e el elem value number i entry element",
        "y": "y other b second val2 nxt item2 z",
        "ch": "c ch char letter x character i s let",
        "ch2": "d other nxt ch2 c2 char2 y",
        "w": "w word s item x token part st name elem t piece",
        "d": "d dic dct mapping data table scores dictionary record inventory prices config info stock ages lookup",
        "d2": "other d2 updates new_dict extra second mapping2 dict2 defaults",
        "k": "k key name kk ky label item field",
        "v": "v value val vv count amount item values",
        "acc": "total res result acc s sum_ ans count total_sum running answer r t",
        "out": "result res out ans output ret new r new_list lst2 answer results final collected filtered new_lst",
        "sb": "result res out new_text ans output s2 new_string result_str builder r new_s buf ret built",
        "cnt": "count cnt c num total counter n times occurrences found ct",
        "counts": "counts freq counter dic d frequency occurrences tally result counts_dict hist res",
        "groups": "groups buckets result grouped d mapping res by_key table out index",
        "best": "best max_val longest largest top m highest winner maximum current_max",
        "low": "smallest lowest min_val mn minimum least",
        "seen": "seen visited unique used s found known done",
        "flag": "found flag ok is_valid valid done changed swapped ready matched",
        "stack": "stack st stk pending opened s",
        "queue": "queue q todo dq waiting line buffer",
        "tmp": "tmp temp t aux hold saved old",
        "prev": "prev last previous p before old_val",
        "cur": "cur current curr now running this",
        "m": "matrix grid mat rows m board table cells",
        "row": "row r line values rw",
        "col": "col c column cc cl",
        "pairs": "pairs items entries records data tuples lst rows",
        "recs": "records people users rows items employees products data entries orders",
        "rec": "record person user row item r entry product p",
        "part": "part chunk piece section segment seg block field p",
        "parts": "parts chunks pieces fields tokens sections segments cols bits",
        "digits": "digits ds d digit_list nums",
        "pivot": "pivot p mid middle",
        "mid": "mid m middle center",
        "tup": "t tup point pair items values coords data",
        "es": "s items unique group set1 seen members values numbers",
        "es2": "t others set2 allowed banned other required",
        "flt": "x value price amount rate temp ratio f number weight",
        "fs": "values prices temps weights measurements data xs samples rates",
        "e": "e err error exc ex",
        "fn": "fn func g key transform op apply rule check inner step",
        "obj": "obj s st acc box item node c t p q b",
        "self": "self",
        "it": "it iterator gen stream source g",
        "rest": "rest others tail remaining tail_items remainder",
        "first": "first head a start x0 lead",
        "lastv": "last end z tail final_item",
        "flagarg": "reverse flag strict upper is_sorted enabled ascending verbose skip invert",
        "q": "q quotient div high part whole",
        "r": "r remainder rem mod low_part digit",
        "prod": "product prod p res result mul acc",
        "head": "head front prefix start left_part before",
        "tail": "tail back suffix end right_part after",
        "sign": "sign s direction sgn",
        "base": "base b radix",
        "start": "start begin s first_pos lo",
        "end": "end stop e last_pos hi",
        "gap": "gap step shift diff offset delta",
        "level": "level depth nesting d",
        "mp": "table mapping trans codes lookup replacements pairs",
        "arg": "value data item obj x arg val thing",
    }.items()
}

PAIRS: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("l", "r"): (("left", "right"), ("lo", "hi"), ("l", "r"), ("i", "j"), ("start", "end"), ("low", "high")),
    ("a", "b"): (("a", "b"), ("x", "y"), ("m", "n"), ("p", "q"), ("num1", "num2"), ("first", "second"), ("u", "v")),
}
_PAIRED = {role: pair for pair in PAIRS for role in pair}

_VERBS = (
    "count get find make build filter merge split join sum check is_valid convert remove collect process update swap"
    " reverse sort group transform encode parse clean normalize compute select replace select_first shift rotate trim"
    " extract combine compare format expand compress calc search scan match shuffle pick map_out reduce partition"
).split()
_NOUNS = (
    "text words items values numbers chars list dict string pairs digits lines keys tokens matrix letters entries names"
    " parts data range sequence prefix suffix index total label code groups scores elements vowels counts nested result"
).split()
_SHORT = (
    "f",
    "f",
    "f",
    "f",
    "g",
    "func",
    "solve",
    "process",
    "run",
    "main",
    "calc",
    "h",
    "foo",
    "helper",
    "task",
    "do",
)
_HELPERS = (
    "helper",
    "g",
    "h",
    "inner",
    "convert",
    "step",
    "check",
    "score",
    "clean",
    "apply",
    "norm",
    "is_ok",
    "key_of",
)
CLASSES = (
    "Stack Account Point Queue Box Node Shape Animal Timer Cart Item Player Inventory Matrix Vector Logger Meter Bank"
    " Tracker Wallet Robot Library Register Buffer Cell Team Bag Ledger Graph Tree Cache Lamp Tally Store Clock Pile"
).split()


class Names:
    """Hands out names that are unused so far in one program."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.used: set[str] = set()
        self.roles: dict[str, str] = {}

    def fresh(self, role: str) -> str:
        """A new name for ``role`` (a key of POOLS; trailing digits are ignored when the role itself is no key)."""
        pool = POOLS.get(role) or POOLS.get(role.rstrip("0123456789"))
        if pool is None:
            raise KeyError(f"no names for role {role!r}")
        for _ in range(6):
            name = pool[int(self.rng.random() * len(pool))]
            if name not in self.used:
                self.used.add(name)
                return name
        free = [name for name in pool if name not in self.used]
        name = free[0] if free else self._numbered(pool[0])
        self.used.add(name)
        return name

    def _numbered(self, name: str) -> str:
        number = 2
        while f"{name}{number}" in self.used:
            number += 1
        return f"{name}{number}"

    def role(self, role: str) -> str:
        """The name that plays ``role`` in this program; the same role gives the same name."""
        name = self.roles.get(role)
        if name is not None:
            return name
        if role in _PAIRED:
            pair = _PAIRED[role]
            free = [p for p in PAIRS[pair] if p[0] not in self.used and p[1] not in self.used]
            names = free[int(self.rng.random() * len(free))] if free else tuple(map(self._numbered, PAIRS[pair][0]))
            for key, value in zip(pair, names, strict=True):
                self.used.add(value)
                self.roles[key] = value
            return self.roles[role]
        if role[0] == "f" and role.rstrip("0123456789") == "f":
            name = self.function()
        elif role[0] in "gh" and role.rstrip("0123456789") in ("g", "h"):
            name = self.function(helper=True)
        elif role.startswith("Cls"):
            name = self.cls()
        else:
            name = self.fresh(role)
        self.roles[role] = name
        return name

    def function(self, helper: bool = False) -> str:
        """A name for a function; a quarter to a half are short, such as ``f``."""
        rng = self.rng
        while True:
            draw = rng.random()
            if draw < 0.45:
                pool = _HELPERS if helper else _SHORT
                name = pool[int(rng.random() * len(pool))]
            else:
                name = f"{_VERBS[int(rng.random() * len(_VERBS))]}_{_NOUNS[int(rng.random() * len(_NOUNS))]}"
            if name not in self.used:
                self.used.add(name)
                return name

    def cls(self) -> str:
        """A name for a class."""
        while True:
            name = CLASSES[int(self.rng.random() * len(CLASSES))]
            if name not in self.used:
                self.used.add(name)
                return name


#: element type (see values.py) -> role of a loop or comprehension variable
LOOP_ROLE = {"I": "x", "S": "w", "C": "ch", "F": "flt", "LI": "row", "LS": "row", "B": "flag", "TSI": "tup"}
#: type -> role of an ordinary variable
VALUE_ROLE = {
    "I": "n", "S": "text", "C": "c", "F": "flt", "B": "flag", "LI": "xs", "LS": "ws", "LL": "m", "LT": "pairs",
    "LF": "fs", "DSI": "d", "DIS": "d", "DSS": "d", "DSL": "d", "DII": "d", "TI": "tup", "TS": "tup", "TSI": "tup",
    "EI": "es", "ES": "es", "LD": "recs", "LM": "xs",
}  # fmt: skip
