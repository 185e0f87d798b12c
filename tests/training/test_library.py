"""The hand-written functions run, and their variants keep what they promise."""

from __future__ import annotations

import ast
import contextlib
import io
import random
import sys
from types import ModuleType

import pytest

from neuraldbg.training.data.inputs import kind_of, vary, vary_call
from neuraldbg.training.data.library import functions_of, library, variant
from neuraldbg.training.data.stream import skeleton
from neuraldbg.training.data.variants import mutate, rename

SOURCE = '''
"""Texts."""
import re
from collections import Counter, deque


def _clean(s):
    return s.strip()


def top(text, n=1):
    words = re.findall(r"\\w+", _clean(text))
    return Counter(words).most_common(n)
#: top("a b a")
#: top("", n=2)


def last(items):
    return deque(items, maxlen=1)
#: last([1, 2])
'''


def outcome(source: str, call: str) -> str:
    """What a call returns or raises, as text."""
    module = sys.modules["written"] = ModuleType("written")
    space = module.__dict__
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(source, "<written>", "exec"), space)
            return repr(eval(call, space))
        except Exception as error:
            return f"raises {error!r}"


def test_each_function_becomes_a_program_with_what_it_needs() -> None:
    top, last = functions_of(SOURCE, family=7)
    assert (top.name, top.calls, top.family) == ("top", ('top("a b a")', 'top("", n=2)'), 7)
    assert (
        "import re" in top.source and "Counter" in top.source and "deque" not in top.source and "_clean" in top.source
    )
    assert "import re" not in last.source and "from collections import deque" in last.source and last.family == 8
    assert outcome(top.source, top.calls[0]) == "[('a', 2)]"


def test_other_code_at_the_top_level_is_refused() -> None:
    with pytest.raises(ValueError, match="line 1"):
        list(functions_of("x = 1\n"))


def test_the_library_is_broad_and_holds_no_shape_twice() -> None:
    functions = library()
    assert len(functions) >= 1500
    shapes = {skeleton(function.source) for function in functions}
    assert len(shapes) > 0.98 * len(functions)
    assert all(len(function.calls) >= 3 for function in functions)


def test_every_function_returns_for_some_call() -> None:
    for function in library():
        results = [outcome(function.source, call) for call in function.calls]
        assert any(not result.startswith("raises") for result in results), (function.name, results)


def test_variants_follow_from_the_seed_and_compile() -> None:
    functions = library()
    for seed in range(300):
        function = functions[seed * 5 % len(functions)]
        one, two = (variant(random.Random(seed), function) for _ in range(2))
        assert one == two
        tree = ast.parse(one.source)
        assert any(isinstance(node, ast.FunctionDef) and node.name == one.name for node in tree.body)
        assert all(call.startswith(f"{one.name}(") for call in one.calls)


def test_renaming_keeps_the_meaning() -> None:
    functions = library()
    for seed in range(200):
        rng = random.Random(seed)
        function = functions[seed * 7 % len(functions)]
        tree = ast.parse(function.source)
        name = rename(rng, tree, function.name, function.calls)
        source = ast.unparse(tree)
        assert name != function.name
        for call in function.calls:
            before = outcome(function.source, call)
            if function.name not in before and "unexpected" not in before and "argument" not in before:
                after = outcome(source, name + call[len(function.name) :])
                assert after == before or "local variable" in before or "not associated" in before, (
                    function.name,
                    source,
                )


def test_mutating_changes_one_thing() -> None:
    rng = random.Random(3)
    source = "def f(x):\n    if x < 3:\n        return x + 1\n    return x.strip()\n"
    seen = set()
    for _ in range(100):
        tree = ast.parse(source)
        assert mutate(rng, tree)
        seen.add(ast.unparse(ast.fix_missing_locations(tree)))
    assert source.strip() not in seen
    assert (
        {s for s in seen if "x <= 3" in s} and {s for s in seen if "lstrip" in s} and {s for s in seen if "not x" in s}
    )
    assert not mutate(rng, ast.parse("def f():\n    pass\n"))


@pytest.mark.parametrize(
    "item", [True, 5, -1234567, 2.5, "", "a b", "k=v;x=y", b"ab", [1, 2], (1, "a"), {"a": [1]}, {1, 2}, None, [[], [1]]]
)
def test_varied_values_keep_their_type(item: object) -> None:
    rng = random.Random(0)
    made = [vary(rng, item) for _ in range(200)]
    assert all(type(x) is type(item) for x in made)
    assert item in (None, "") or any(x != item for x in made)


def test_kinds_are_told_from_values() -> None:
    expected: list[tuple[object, str | None]] = [
        (True, "B"), (3, "I.nat"), (-3, "I"), (1.5, "F"), ("x", "C"), ("12", "S.digits"), ("a b", "S.sentence"),
        ([1], "LI"), (["a"], "LS"), ([1, "a"], None), ({"a": 1}, "DSI"), ({}, None), ({1, 2}, "EI"), ((1, 2), "TI"),
    ]  # fmt: skip
    assert [kind_of(item) for item, _ in expected] == [kind for _, kind in expected]


def test_calls_keep_their_form() -> None:
    rng = random.Random(1)
    made = {vary_call(rng, "f([1, 2], sep=',', x=len([1]))") for _ in range(50)}
    assert len(made) > 10
    for call in made:
        (tree,) = (n for n in ast.walk(ast.parse(call)) if isinstance(n, ast.Call) and ast.unparse(n.func) == "f")
        assert [k.arg for k in tree.keywords] == ["sep", "x"] and call.endswith("x=len([1]))")
