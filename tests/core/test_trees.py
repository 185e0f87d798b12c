"""Reprs as trees: parts and paths of real values, any text, large values."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuraldbg.trees import Tree, TreeKind, changed_children, pages


@dataclass
class Point:
    x: Any
    y: Any


Pair = namedtuple("Pair", "left right")
keys = st.one_of(st.text(max_size=4), st.integers(), st.tuples(st.integers(), st.text(max_size=2)), st.none())
leaves = st.one_of(st.integers(), st.floats(), st.text(), st.binary(), st.complex_numbers(), st.none(), st.booleans())
values = st.recursive(
    leaves,
    lambda v: st.one_of(
        *(st.lists(v), st.lists(v).map(tuple), st.dictionaries(keys, v), st.builds(Point, v, v), st.builds(Pair, v, v)),
        *(
            st.sets(keys),
            st.frozensets(keys),
            st.lists(v, max_size=3).map(deque),
            st.dictionaries(keys, v).map(OrderedDict),
        ),
        st.dictionaries(keys, st.integers()).map(Counter),
        st.dictionaries(keys, v).map(lambda d: defaultdict(list, d)),
    ),
    max_leaves=15,
)


def parts(value: Any) -> list[tuple[str, Any]] | None:
    """Label and value of the parts of a value; None for a leaf."""
    match value:
        case Point():
            return [("x", value.x), ("y", value.y)]
        case Pair():
            return [("left", value.left), ("right", value.right)]
        case Counter():
            return [(repr(k), n) for k, n in value.most_common()]
        case OrderedDict() if repr(value)[12:13] == "[":
            return [("", pair) for pair in value.items()]
        case dict():
            return [(repr(k), v) for k, v in value.items()]
        case list() | tuple() | deque():
            return [(str(i), v) for i, v in enumerate(value)]
        case set() | frozenset():
            return [("", v) for v in value]
    return None


def check(value: Any, tree: Tree, whole: Any) -> None:
    wanted = parts(value)
    assert (tree.kind is TreeKind.LEAF) == (wanted is None)
    assert not tree.cut
    children = tree.children()
    assert [(c.label, c.text) for c in children] == [(label, repr(v)) for label, v in wanted or []]
    for child, (_, part) in zip(children, wanted or [], strict=True):
        assert tree.text[child.start : child.end] == child.text
        assert tree.replaced(child, child.text) == tree.text
        if child.path is not None:
            assert repr(eval(child.path, {"value": whole, "inf": float("inf"), "nan": float("nan")})) == child.text
        check(part, child.tree(), whole)


@settings(deadline=None, max_examples=300)
@given(values)
def test_parts_and_paths_of_values(value: Any) -> None:
    check(value, Tree(repr(value), "value"), value)


@settings(deadline=None, max_examples=300)
@given(st.text(alphabet="()[]{}<>,:='\"ab1 .-\\\nPx") | st.text(), values, st.integers(0, 60))
def test_any_text_is_a_tree(text: str, value: Any, cut: int) -> None:
    for mixed in (
        text,
        repr(value)[:cut],
        repr(value) + text,
        f"[{text}]",
        f"P({text})",
        f"{{1: {text}}}",
        f"<{text}>",
    ):
        tree = Tree(mixed, "v")
        end = 0
        for child in tree.children():
            assert end <= child.start <= child.end <= len(mixed)
            end = child.end
        assert tree.count == len(tree.children())
        changed_children(text, tree)


@pytest.mark.parametrize(
    ("text", "kind", "name", "labels"),
    [
        ("<Foo object>", TreeKind.LEAF, "", []),
        ("<repr of 20000 characters>", TreeKind.LEAF, "", []),
        ("Decimal('1.5')", TreeKind.LEAF, "", []),
        ("range(0, 3)", TreeKind.LEAF, "", []),
        ("(1+2j)", TreeKind.LEAF, "", []),
        ("deque([1, 2], maxlen=3)", TreeKind.LIST, "deque", ["0", "1"]),
        ("array('i', [1, 2])", TreeKind.LIST, "array", ["0", "1"]),
        ("set()", TreeKind.SET, "set", []),
        ("dict_keys(['a'])", TreeKind.SET, "dict_keys", [""]),
        ("mod.Point(x=<A, b>, y=(1, 2))", TreeKind.RECORD, "Point", ["x", "y"]),
        ("Node(1, Node(2, None))", TreeKind.RECORD, "Node", ["0", "1"]),
        ("{<Key a: b>: [1], 'k=': 2}", TreeKind.DICT, "dict", ["<Key a: b>", "'k='"]),
        ("[<function <lambda>>, [...]]", TreeKind.LIST, "list", ["0", "1"]),
    ],
)
def test_reprs_of_other_types(text: str, kind: TreeKind, name: str, labels: list[str]) -> None:
    tree = Tree(text, "v")
    assert (tree.kind, tree.type_name, [c.label for c in tree.children()]) == (kind, name, labels)
    assert tree.cut == text.startswith("<repr of")


def test_a_key_that_is_no_literal_has_no_path() -> None:
    paths = [c.path for c in Tree("{<K>: 1, 'a': 2, (1, 'b'): 3}", "d").children()]
    assert paths == [None, "d['a']", "d[(1, 'b')]"]
    assert [c.path for c in Tree("[1]").children()] == [None]
    nested = Tree("{'k': [1, Point(x={2: 3})]}", "d").child("'k'")
    assert nested is not None
    point = nested.tree().children()[1].tree().children()[0]
    assert (point.path, point.tree().children()[0].path) == ("d['k'][1].x", "d['k'][1].x[2]")


def test_what_was_cut_short_has_the_children_that_are_there() -> None:
    tree = Tree("[1, {'a': 2}, [3, 'unfinis", "v")
    assert tree.cut
    assert [c.text for c in tree.children()][:2] == ["1", "{'a': 2}"]
    assert tree.children()[2].tree().cut


def test_pages_of_a_large_value() -> None:
    tree = Tree(repr(list(range(10_000))), "v")
    assert tree.count == 10_000
    assert [c.text for c in tree.children(9_998)] == ["9998", "9999"]
    assert [c.path for c in tree.children(100, 102)] == ["v[100]", "v[101]"]
    assert Tree(repr("x'\\" * 400_000)).kind is TreeKind.LEAF
    assert Tree("[" * 100_000 + "]" * 100_000).count == 1
    assert [len(page) for page in pages(250)] == [100, 100, 50]


def test_changed_children() -> None:
    def changed(before: object, after: object) -> set[str]:
        tree = Tree(repr(after))
        children = tree.children()
        return {children[i].label or children[i].text for i in changed_children(repr(before), tree)}

    assert changed([1, 2], [1, 3, 4]) == {"1", "2"}
    assert changed({"a": 1, "b": 2}, {"b": 2, "a": 5}) == {"'a'"}
    assert changed({1}, {1, 2}) == {"2"}
    assert changed(Point(1, 2), Point(1, 3)) == {"y"}
    assert changed((1,), [1]) == {"0"}
    assert changed([1], [1]) == set()
