"""Single operations: what they give is what Python gives, and the built-in types are covered."""

from __future__ import annotations

import random
import re

import pytest

from neuraldbg.training.data.drills import MAX_TEXT, MAX_VALUE, drill, templates

RARE = {
    "str": {"casefold", "encode", "format_map", "isdecimal", "isidentifier", "isprintable", "maketrans", "translate"},
    "list": {"clear", "copy"},
    "dict": {"fromkeys", "clear", "copy", "popitem"},
    "set": {"symmetric_difference_update", "intersection_update", "difference_update", "isdisjoint", "issuperset",
            "symmetric_difference", "clear", "copy", "pop"},
    "tuple": set[str](), "bytes": set[str](), "int": {"real", "imag", "numerator", "denominator", "is_integer"},
    "float": {"real", "imag", "from_number"},
}  # fmt: skip


def test_operations_evaluate_to_what_is_written() -> None:
    rng = random.Random(4)
    checked = 0
    for _ in range(1500):
        operation = drill(rng)
        assert len(operation.text) <= MAX_TEXT + len("after ")
        assert operation.value is not None
        if not operation.raised:
            assert len(operation.value) <= MAX_VALUE
        if operation.raised or re.match(
            r"after |del |print|.*\b(math|re|string|datetime|itertools|functools|heapq|bisect|json)\."
            r"|.*Counter|.*deque",
            operation.text,
        ):
            continue
        try:
            value = eval(operation.text)
        except SyntaxError:  # an assignment
            continue
        assert repr(value) == operation.value
        checked += 1
    assert checked > 800


def test_an_effect_is_the_container_afterwards() -> None:
    rng = random.Random(5)
    found = 0
    for _ in range(3000):
        operation = drill(rng)
        appended = re.fullmatch(r"after (\[.*\])\.append\((.*)\)", operation.text)
        if appended and operation.value is not None and not re.search(r"\][.[]", appended[1]):
            container = eval(appended[1])
            container.append(eval(appended[2]))
            assert eval(operation.value) == container
            found += 1
    assert found > 20


def test_they_depend_on_the_seed_alone() -> None:
    first, second = random.Random(9), random.Random(9)
    assert [drill(first) for _ in range(50)] == [drill(second) for _ in range(50)]


def test_some_raise() -> None:
    rng = random.Random(1)
    share = sum(drill(rng).raised for _ in range(2000)) / 2000
    assert 0.005 < share < 0.1


@pytest.mark.parametrize("kind", [str, list, dict, set, tuple, bytes, int, float])
def test_the_methods_of_the_built_in_types_are_covered(kind: type) -> None:
    used = set(re.findall(r"\.(\w+)\(", "\n".join(templates()[0])))
    missing = {name for name in vars(kind) if not name.startswith("_")} - used
    assert missing <= RARE[kind.__name__], missing


def test_templates_are_many_and_no_two_are_the_same() -> None:
    texts, _ = templates()
    assert len(texts) > 500
    assert len(set(texts)) > 0.97 * len(texts)
