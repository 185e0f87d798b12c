"""Which special methods an operation of builtin objects may run (Python's data model, "Special method names").

Holds where classes take their behaviour from builtin types and from methods of the file; see
:attr:`neuraldbg.scopes.SourceFacts.simple_classes`. None stands for any method at all.
"""

from __future__ import annotations

Names = frozenset[str]


def _names(text: str) -> Names:
    return frozenset(f"__{word}__" for word in text.split())


HASH = _names("hash eq")
COMPARE = HASH | _names("ne lt le gt ge bool len")
ITERATE = _names("iter next getitem len length_hint aiter anext")
TEXT = _names("format str repr")
TRUTH = _names("bool len")
LOAD_ATTRIBUTE = _names("getattr getattribute get")
NUMBER = _names("index int float trunc round abs complex floor ceil")
_SET_OPERATION = HASH

# By the argument of BINARY_OP; 13 more stands for the same in place.
_BINARY = "add and floordiv lshift matmul mul mod or pow rshift sub truediv xor".split()

_OPERATIONS: dict[str, Names] = {
    "BINARY_SLICE": _names("getitem index"),
    "COMPARE_OP": COMPARE,
    "UNARY_NEGATIVE": _names("neg"),
    "UNARY_POSITIVE": _names("pos"),
    "UNARY_INVERT": _names("invert"),
    "UNARY_NOT": TRUTH,
    "TO_BOOL": TRUTH,
    "FORMAT_VALUE": TEXT,
    "FORMAT_SIMPLE": TEXT,
    "FORMAT_WITH_SPEC": TEXT,
    "CONVERT_VALUE": TEXT,
    "GET_ITER": _names("iter"),
    "GET_LEN": _names("len"),
    "BUILD_MAP": HASH,
    "BUILD_SET": HASH,
    "MAP_ADD": HASH,
    "SET_ADD": HASH,
    "RAISE_VARARGS": _names("init new call"),
    "BINARY_SUBSCR": HASH | _names("getitem missing index class_getitem"),
    "STORE_SUBSCR": HASH | ITERATE | _names("setitem index"),
    "DELETE_SUBSCR": HASH | _names("delitem index"),
    "STORE_SLICE": ITERATE | _names("setitem index"),
    "STORE_ATTR": _names("setattr set"),
    "DELETE_ATTR": _names("delattr delete"),
    "LOAD_ATTR": LOAD_ATTRIBUTE,
    "LOAD_METHOD": LOAD_ATTRIBUTE,
    "LOAD_SUPER_ATTR": LOAD_ATTRIBUTE,
    "CONTAINS_OP": COMPARE | ITERATE | _names("contains"),
    "FOR_ITER": ITERATE,
    "UNPACK_SEQUENCE": ITERATE,
    "UNPACK_EX": ITERATE,
    "LIST_EXTEND": ITERATE,
    "SET_UPDATE": ITERATE | HASH,
    "DICT_UPDATE": ITERATE | HASH,
    "DICT_MERGE": ITERATE | HASH,
}

_ITERATES_AND_COMPARES = ITERATE | COMPARE
_FUNCTIONS: dict[str, Names] = {
    "abs": _names("abs"),
    "all": ITERATE | TRUTH,
    "any": ITERATE | TRUTH,
    "ascii": TEXT,
    "bin": _names("index"),
    "bool": TRUTH,
    "callable": frozenset(),
    "chr": _names("index"),
    "complex": NUMBER,
    "dict": ITERATE | HASH,
    "divmod": _names("divmod rdivmod"),
    "enumerate": _names("iter index"),
    "float": NUMBER,
    "format": TEXT,
    "frozenset": ITERATE | HASH,
    "getattr": LOAD_ATTRIBUTE,
    "hasattr": LOAD_ATTRIBUTE,
    "hash": HASH,
    "hex": _names("index"),
    "id": frozenset(),
    "int": NUMBER,
    "isinstance": _names("instancecheck subclasscheck subclasshook"),
    "issubclass": _names("instancecheck subclasscheck subclasshook"),
    "iter": _names("iter getitem"),
    "len": _names("len"),
    "list": ITERATE,
    "map": _names("iter getitem"),
    "max": _ITERATES_AND_COMPARES,
    "min": _ITERATES_AND_COMPARES,
    "filter": _names("iter getitem"),
    "next": ITERATE,
    "oct": _names("index"),
    "ord": frozenset(),
    "pow": _names("pow rpow mod index"),
    "print": TEXT,
    "range": _names("index"),
    "repr": TEXT,
    "reversed": _names("reversed len getitem"),
    "round": NUMBER,
    "set": ITERATE | HASH,
    "slice": frozenset(),
    "sorted": _ITERATES_AND_COMPARES,
    "str": TEXT,
    "sum": ITERATE | _names("add radd iadd"),
    "super": frozenset(),
    "tuple": ITERATE,
    "type": frozenset(),
    "zip": _names("iter getitem"),
}
# Those that go through an iterator, which may call whatever a lazy one holds.
CONSUMERS = frozenset("all any dict frozenset list max min next set sorted sum tuple".split())

_METHODS: dict[str, Names] = {
    **dict.fromkeys(
        "upper lower strip lstrip rstrip split rsplit startswith endswith find rfind isdigit isalpha isalnum isspace "
        "isupper islower isnumeric isdecimal isidentifier istitle title capitalize swapcase zfill rjust ljust center "
        "partition rpartition splitlines casefold expandtabs bit_length removeprefix removesuffix is_integer reverse "
        "clear".split(),
        _names("index"),
    ),
    **dict.fromkeys("append keys values items popitem appendleft popleft".split(), frozenset[str]()),
    **dict.fromkeys("add discard setdefault".split(), HASH),
    **dict.fromkeys("insert pop".split(), HASH | _names("index")),
    **dict.fromkeys("remove index count".split(), COMPARE | _names("index")),
    "replace": _names("index"),
    "get": HASH | _names("missing"),
    "join": ITERATE,
    **dict.fromkeys("extend extendleft".split(), ITERATE),
    **dict.fromkeys(
        "union intersection difference issubset issuperset isdisjoint symmetric_difference intersection_update "
        "difference_update".split(),
        ITERATE | HASH,
    ),
}
METHOD_CONSUMERS = frozenset(
    "join extend extendleft union intersection difference issubset issuperset isdisjoint symmetric_difference "
    "intersection_update difference_update".split()
)


def of_operation(op: str, arg: int) -> Names | None:
    """Special methods that this instruction may run."""
    if op == "BINARY_OP":
        word = _BINARY[arg % 13]
        names = _names(f"{word} r{word} i{word} index") | _SET_OPERATION
        if word == "mod":
            names |= TEXT | NUMBER | _names("getitem")
        return names | ITERATE if arg >= 13 else names
    if "JUMP" in op:
        return TRUTH
    return _OPERATIONS.get(op)


def of_function(name: str) -> Names | None:
    """Special methods that a call of this builtin may run, callbacks apart."""
    return _FUNCTIONS.get(name)


def of_method(name: str) -> Names | None:
    """Special methods that this method of any builtin type may run."""
    return _METHODS.get(name)
