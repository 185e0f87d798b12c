"""The program generator: what is declared here keeps occurring; programs compile, mostly run, follow from the seed."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import random
import subprocess
import sys
import warnings
from collections import Counter

import pytest

from neuraldbg.training.data import idioms, programs
from neuraldbg.training.data.expressions import RULES, Expressions, Scope
from neuraldbg.training.data.naming import Names
from neuraldbg.training.data.programs import Generated, coverage_table, generate
from neuraldbg.training.data.templates import Template
from neuraldbg.training.data.values import HINTS, edge, literal, related, value

STRING_METHODS = """
split rsplit partition rpartition replace strip lstrip rstrip find rfind index rindex count startswith endswith
upper lower title capitalize swapcase casefold zfill center ljust rjust isalpha isdigit isalnum isspace isupper
islower istitle isnumeric isdecimal isidentifier isascii join splitlines translate maketrans encode decode
expandtabs removeprefix removesuffix format
""".split()
CONTAINER_METHODS = """
append extend insert pop remove index count reverse sort copy clear get setdefault popitem update items keys values
fromkeys add discard union intersection difference symmetric_difference issubset issuperset isdisjoint appendleft
popleft rotate most_common elements subtract
""".split()
FUNCTIONS = """
len sum min max abs round divmod pow sorted reversed enumerate zip range map filter any all int str float bool list
dict set tuple frozenset ord chr hex bin oct repr isinstance type next iter print Counter defaultdict deque format
super
""".split()
MODULE_FUNCTIONS = """
gcd isqrt factorial sqrt floor ceil prod accumulate chain groupby combinations permutations product takewhile
zip_longest islice cycle from_iterable reduce sub findall search match bisect nlargest nsmallest
""".split()
NODES = """
For While If IfExp Try Raise Return Assign AugAssign AnnAssign Delete FunctionDef Lambda ClassDef ListComp SetComp
DictComp GeneratorExp Yield YieldFrom JoinedStr FormattedValue Slice Subscript Starred BoolOp Compare UnaryOp BinOp
Break Continue Pass Nonlocal Global With Assert NamedExpr Match Dict Set List Tuple Import ImportFrom keyword
Attribute
""".split()
FORMS = """
For/else Try/finally Try/else cmp:chained cmp:In cmp:NotIn cmp:Is cmp:IsNot cmp:Eq cmp:NotEq cmp:Lt cmp:LtE cmp:Gt
cmp:GtE assign:item assign:slice op:Add op:Sub op:Mult op:Div op:FloorDiv op:Mod op:Pow op:LShift op:RShift
op:BitAnd op:BitOr op:BitXor aug:Add aug:Sub aug:Mult aug:Div aug:FloorDiv aug:Mod aug:Pow aug:BitAnd aug:BitOr
aug:BitXor
""".split()
EXCEPTIONS = "ValueError KeyError IndexError ZeroDivisionError AttributeError StopIteration Exception".split()
DECLARED = (
    [f".{name}" for name in (*STRING_METHODS, *CONTAINER_METHODS)]
    + [f"{name}()" for name in FUNCTIONS]
    + NODES
    + FORMS
    + [f"except {name}" for name in EXCEPTIONS]
)


def many(n: int, seed: int = 0) -> list[Generated]:
    rng = random.Random(seed)
    return [generate(rng) for _ in range(n)]


def test_everything_declared_occurs_within_3000_programs() -> None:
    table = coverage_table(3000, seed=1)
    assert [name for name in DECLARED if not table.get(name)] == []
    assert [name for name in MODULE_FUNCTIONS if not table.get(f".{name}") and not table.get(f"{name}()")] == []


def test_coverage_counts_programs_not_occurrences() -> None:
    found = programs.constructs("for x in a:\n    x.strip().strip()\nelse:\n    b[1:2] = c\n")
    assert {"For", "For/else", ".strip", "assign:slice"} <= found
    assert "While" not in found


def test_same_seed_same_programs_and_other_seed_others() -> None:
    assert many(200, 5) == many(200, 5)
    assert many(50, 5) != many(50, 6)


def test_same_programs_in_every_process() -> None:
    code = (
        "import hashlib, random; from neuraldbg.training.data.programs import generate; rng = random.Random(7);"
        "print(hashlib.sha256(repr([generate(rng) for _ in range(400)]).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(digests) == 1


def test_all_compile_and_calls_name_the_entry() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        for program in many(1500, 2):
            tree = ast.parse(program.source)
            compile(tree, "program.py", "exec")
            if program.entry == programs.MODULE:
                assert program.call is None and program.calls == ()
                continue
            assert program.calls[0] == program.call
            assert len(set(program.calls)) == len(program.calls) <= 4
            assert any(isinstance(node, ast.FunctionDef) and node.name == program.entry for node in tree.body)
            for call in program.calls:
                node = ast.parse(call, mode="eval").body
                assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == program.entry


def test_lengths_and_sorts_of_programs() -> None:
    batch = many(2000, 3)
    lengths = sorted(program.source.count("\n") for program in batch)
    assert lengths[0] >= 2 and lengths[-1] <= 45
    assert 4 <= lengths[len(lengths) // 2] <= 12
    modules = sum(program.entry == programs.MODULE for program in batch) / len(batch)
    assert 0.03 < modules < 0.08
    single = sum(program.source.count("def ") == 1 for program in batch) / len(batch)
    assert 0.6 < single < 0.9
    several_calls = sum(len(program.calls) >= 2 for program in batch if program.call) / len(batch)
    assert several_calls > 0.8
    assert len({program.source for program in batch}) > 0.9 * len(batch)


def run(program: Generated, call: str | None) -> BaseException | None:
    """What the program raises, None when it ends well."""
    namespace: dict[str, object] = {"__name__": "program"}
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(program.source, "program.py", "exec"), namespace)
            if call is not None:
                repr(eval(call, namespace))
    except Exception as error:
        return error
    return None


def test_most_run_and_some_raise() -> None:
    outcomes: Counter[str] = Counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        for program in many(700, 4):
            for call in program.calls or (None,):
                error = run(program, call)
                outcomes[type(error).__name__] += 1
                assert not isinstance(error, NameError) or isinstance(error, UnboundLocalError), program.source
    total = outcomes.total()
    assert 0.85 * total < outcomes["NoneType"] < total
    assert outcomes["RecursionError"] < 0.01 * total
    assert outcomes["TypeError"] + outcomes["AttributeError"] < 0.02 * total


@pytest.mark.parametrize("pool", ["FUNCTIONS", "SHORT", "SEVERAL", "SCRIPTS", "OBJECTS"])
def test_every_template_compiles_in_many_variations(pool: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        for template in getattr(idioms, pool):
            for seed in range(8):
                rng = random.Random(seed)
                compile(template.render(rng, Names(rng)), "template.py", "exec")


def test_there_are_enough_templates() -> None:
    assert len(idioms.FUNCTIONS) >= 170
    assert len(idioms.SHORT) >= 35
    assert len(idioms.SEVERAL) >= 35
    assert len(idioms.SCRIPTS) >= 20
    assert len(idioms.OBJECTS) >= 25


def test_template_holes() -> None:
    template = Template("xs=LI n=I.pos@xs:elem\ndef $f($xs, $n):\n    %100 $i = «#3..3»\n    return «$xs[$i:]»«¦»\n")
    assert [p.role for p in template.parameters] == ["xs", "n"]
    assert (template.parameters[1].other, template.parameters[1].how) == ("xs", "elem")
    rng = random.Random(0)
    names = Names(rng)
    text = template.render(rng, names)
    xs, n, i = names.role("xs"), names.role("n"), names.role("i")
    assert len({xs, n, i}) == 3
    assert text == f"def {names.role('f')}({xs}, {n}):\n    {i} = 3\n    return {xs}[{i}:]\n"


@pytest.mark.parametrize("text", ["xs\nreturn", "xs=LI@ys\nreturn", "\n«a¦b", "\na»b", "\n«?B »"])
def test_wrong_templates_are_refused(text: str) -> None:
    rng = random.Random(0)
    with pytest.raises((ValueError, IndexError, KeyError)):
        Template(text + "\n").render(rng, Names(rng))


def test_values_are_of_their_kind_and_edges_obey_plus() -> None:
    rng = random.Random(1)
    types = {"I": int, "S": str, "F": float, "B": bool, "LI": list, "DSI": dict, "TI": tuple, "EI": set}
    for kind, wanted in types.items():
        for _ in range(50):
            made = value(rng, kind)
            assert type(made) is wanted
            assert ast.literal_eval(literal(rng, made)) == made
            assert edge(rng, f"{kind}+") or kind in "FB"
    assert any(edge(rng, "LI") == [] for _ in range(50))
    assert set(map(len, (value(rng, "C") for _ in range(50)))) == {1}
    for kind in HINTS:
        value(rng, kind)
        edge(rng, kind)


def test_related_values_belong_to_the_other() -> None:
    rng = random.Random(2)
    for _ in range(50):
        assert related(rng, {"a": 1, "b": 2}, "key") in ("a", "b")
        assert related(rng, "hello", "part") in "hello"
        assert "hello".startswith(related(rng, "hello", "prefix"))
        assert "hello".endswith(related(rng, "hello", "suffix"))
        assert 0 <= related(rng, [1, 2, 3], "index") < 3
        assert related(rng, [4, 5], "elem") in (4, 5)


def test_expressions_have_their_type() -> None:
    scope = {"text": "abc", "nums": [3, 1, 2], "words": ["x", "yz"], "d": {"a": 1}, "k": 2, "ch": "q"}
    kinds = {"text": "S", "nums": "LI", "words": "LS", "d": "DSI", "k": "I", "ch": "C"}
    wanted = {
        "S": str,
        "I": int,
        "LI": list,
        "LS": list,
        "F": float,
        "LL": list,
        "LT": list,
        "DSI": dict,
        "TI": tuple,
        "EI": set,
        "ES": set,
    }
    right = total = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        for seed in range(1500):
            rng = random.Random(seed)
            env, names = Scope(), Names(rng)
            for name, kind in kinds.items():
                env.add(name, kind, solid=True)
                names.used.add(name)
            made = rng.choice(list(wanted))
            text = Expressions(rng, names, env).make(made, 2)
            namespace = programs_namespace(text) | scope
            try:
                result = eval(text, namespace)
            except (ValueError, IndexError, KeyError, ZeroDivisionError, AttributeError):
                continue
            total += 1
            right += isinstance(result, wanted[made])
    assert total > 1200
    assert right > 0.98 * total
    assert set(wanted) < set(RULES)


def programs_namespace(text: str) -> dict[str, object]:
    """The names that an expression needs imported."""
    namespace: dict[str, object] = {}
    exec(programs.with_imports(text).rpartition("\n\n\n")[0], namespace)
    return namespace
