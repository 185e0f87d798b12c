"""What the mix covers is counted by pattern, and does not shrink."""

from __future__ import annotations

import ast

import pytest

from neuraldbg.training.coverage import DRILLS_A_PROGRAM, constructs, measure, pattern, read_table, table
from neuraldbg.training.data.__main__ import main
from neuraldbg.training.data.library import library


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a b'.split(' ', 1)", "str.split(str, int)"),
        ("sorted([2, 1], key=len, reverse=True)", "sorted(list, key=len, reverse=bool)"),
        ("print(*[1], sep='')", "print(*list, sep=str)"),
        ("max(**{'a': 1})", "max(**dict)"),
        ("math.gcd(4, 6)", "math.gcd(int, int)"),
        ("[1, 2][-1]", "list[-int]"),
        ("'abc'[1:]", "str[int:]"),
        ("'abc'[:-1]", "str[:-int]"),
        ("'abc'[::-1]", "str[::-int]"),
        ("{'a': [1]}['a'][0]", "dict[str][int]"),
        ("3 // -2", "int // int"),
        ("'a' in {'a': 1}", "str in dict"),
        ("(1, 2) == None", "tuple == NoneType"),
        ("-(3)", "-int"),
        ("f'{1.5:.2f}{2!r:>10}'", "f'{float:.0f}{int!r:>0}'"),
        ("after [1].append(2)", "after list.append(int)"),
        ("[1, 2][0] = 'x'", "list[int] = str"),
        ("{'a': 1}['a'] += 1", "dict[str] += int"),
        ("del {1: 2}[1]", "del dict[int]"),
        ("next 'a'", "next item"),
        ("my_own(3)", "object(int)"),
        ("Counter('ab').most_common(1)", "Counter.most_common(int)"),
        ("<object object>", "not a literal"),
    ],
)
def test_patterns_of_operations(text: str, expected: str) -> None:
    assert pattern(text) == expected


def test_constructs_of_a_program() -> None:
    tree = ast.parse(
        "def f(n, *rest, k=1):\n"
        "    for i, c in enumerate('ab'):\n        a, b = i, c\n    else:\n        x = y = 1\n"
        "    try:\n        pass\n    finally:\n        pass\n"
        "    if n:\n        return f(n - 1)\n    elif k:\n        pass\n    else:\n        del x\n"
        "    return [j for j in rest if (z := j)]\n"
    )
    found = set(constructs(tree))
    assert found >= {
        "FunctionDef", "default argument", "star argument", "recursion", "For else", "For unpacking", "For enumerate",
        "Assign unpacking", "Assign chain", "Try finally", "If elif", "If else", "Return", "Delete", "ListComp",
        "NamedExpr",
    }  # fmt: skip
    assert "nested function" not in found


def test_the_mix_covers_what_the_table_says() -> None:
    programs = 150
    coverage = measure(programs, seed=1, functions=library())
    assert coverage.programs == programs
    found = {(kind, name): share for kind, name, share in coverage.rows()}
    sizes = {"construct": programs, "operation": sum(coverage.operations.values())}
    assert sizes["operation"] >= programs * DRILLS_A_PROGRAM
    listed = read_table()
    expected = {key: share * sizes[key[0]] / 1000 for key, share in listed.items()}
    frequent = {key for key, number in expected.items() if number >= 15}
    assert len(frequent) >= 60
    assert frequent - found.keys() == set()
    shrunk = {key: found[key] / listed[key] for key in frequent if found[key] < listed[key] / 3}
    assert shrunk == {}


def test_the_table_is_wide() -> None:
    listed = read_table()
    assert sum(1 for kind, _ in listed if kind == "construct") >= 50
    assert sum(1 for kind, _ in listed if kind == "operation") >= 800
    texts = [text.removeprefix("after ") for kind, text in listed if kind == "operation"]
    for name, least in {"str": 45, "list": 11, "dict": 9, "set": 12, "bytes": 20, "tuple": 2, "int": 3}.items():
        assert len({text.partition("(")[0] for text in texts if text.startswith(f"{name}.")}) >= least, name


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--coverage", "3", "--seed", "5"])
    assert capsys.readouterr().out == table(measure(3, 5, library()))
