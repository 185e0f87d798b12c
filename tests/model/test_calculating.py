"""Operations on values that are written out: exact where they are answered, left to the model where they cannot be."""

from __future__ import annotations

import random
from collections import Counter, defaultdict, deque
from pathlib import Path

import pytest
from transformers import PreTrainedModel

from neuraldbg.model.engine import LocalEngine
from neuraldbg.model.grammar import Vocabulary
from neuraldbg.model.predictor import PredictedSource
from neuraldbg.model.scratchpad import UNKNOWN, Ask, Scratchpad, agrees, narrow
from neuraldbg.model.scratchpad.calculating import calculate
from neuraldbg.model.transformers_network import TransformersNetwork
from neuraldbg.program import Program
from neuraldbg.recorder import Limits, record
from neuraldbg.steps import Event, Operation, Step
from neuraldbg.training.data import instrument
from neuraldbg.training.data.instrument import Answers, Walked
from neuraldbg.training.data.library import library
from neuraldbg.training.data.stream import traced

IMPORTED = {
    "math": "math", "gcd": "math.gcd", "string": "string", "Counter": "collections.Counter",
    "deque": "collections.deque", "defaultdict": "collections.defaultdict", "re": "re",
}  # fmt: skip


def given(text: str, kind: str = "value", after: bool = False, **values: str) -> str | None:
    """What is worked out, with ``!`` before an exception; None where it is left to the model."""
    found = calculate(Ask(text, kind, after=after), values, {"mine"}, IMPORTED)
    if found is None:
        return None
    assert found.calculated and found.text == text and found.value is not None
    return f"!{found.value}" if found.raised else found.value


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3", "'ab' * 3", "7 // -2", "2 ** 10", "'u' in 'uzbek'", "not 3", "(-3).bit_length()", "[1, 2][::-1]",
        "'a,b,,c'.split(',')", "sorted(['b', 'a'], reverse=True)", "list(enumerate('ab', 1))", "f'{3.14159:.2f}'",
        "{'a': 1}.get('b', 2)", "'%05d' % 42", "''.join(map(str.upper, ['a', 'b']))", "dict(zip('ab', [1, 2]))",
        "max(['bb', 'a'], key=len)", "'abc'.translate(str.maketrans('ab', 'xy'))", "dict.fromkeys('aab', 0)",
        "[x * y for x in [1, 2] for y in (3, 4) if x != y]", "divmod(-7, 3)", "b'ab'.hex()", "round(2.675, 2)",
    ],
)  # fmt: skip
def test_expressions_give_what_python_gives(text: str) -> None:
    assert given(text) == repr(eval(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("math.isqrt(17)", "4"),
        ("gcd(12, 18)", "6"),
        ("string.digits[:3]", "'012'"),
        ("Counter('abca')", repr(Counter("abca"))),
        ("Counter({'a': 2, 'b': 1})['c']", "0"),
        ("deque([1, 2], maxlen=2)", repr(deque([1, 2], maxlen=2))),
        ("defaultdict(list)", repr(defaultdict(list))),
        ("len(dict_keys(['a', 'b']))", "2"),
        ("sorted(dict_items([('b', 1), ('a', 2)]))", "[('a', 2), ('b', 1)]"),
        ("ValueError('no', 3)", "ValueError('no', 3)"),
        ("<class 'int'>('7')", "7"),
        ("print('x', 3)", "None"),
        ("'dict_keys(' + 'a'", "'dict_keys(a'"),
        ("name + 1", "42"),
    ],
)
def test_reprs_and_names_of_libraries_can_be_operands(text: str, expected: str) -> None:
    assert given(text, name="41") == expected


@pytest.mark.parametrize(
    ("text", "kind", "after", "expected"),
    [
        ("after [3, 1].append(2)", "effect", False, "[3, 1, 2]"),
        ("after {'a': [1]}['a'].extend((2, 3))", "effect", False, "{'a': [1, 2, 3]}"),
        ("defaultdict(<class 'int'>, {})['x'] = 1", "effect", False, "defaultdict(<class 'int'>, {'x': 1})"),
        ("{'a': 1}['b'] = 2", "effect", False, "{'a': 1, 'b': 2}"),
        ("[1, 2, 3][1:] = 'xy'", "effect", False, "[1, 'x', 'y']"),
        ("del {1: 2, 3: 4}[1]", "effect", False, "{3: 4}"),
        ("[3, 1, 2].pop(0)", "value", False, "3"),
        ("after [3, 1, 2].pop(0)", "effect", False, "[1, 2]"),
        ("after deque([1, 2, 3]).rotate(1)", "effect", False, "deque([3, 1, 2])"),
        ("[1] += (2, 3)", "value", True, "[1, 2, 3]"),
        ("range(0, 3)[1]", "next", False, "1"),
        ("range(0, 3)[3]", "next", False, "StopIteration()"),
        ("[].pop()", "value", False, "!IndexError('pop from empty list')"),
        ("{'a': 1}['b']", "value", False, "!KeyError('b')"),
        ("1 // 0", "value", False, "!ZeroDivisionError('integer division or modulo by zero')"),
        ("1 + 'a'", "value", True, '!TypeError("unsupported operand type(s) for +=: \'int\' and \'str\'")'),
    ],
)  # fmt: skip
def test_changes_iteration_and_exceptions(text: str, kind: str, after: bool, expected: str) -> None:
    assert given(text, kind, after) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mine(3)", "value"),  # the program's own code
        ("Point(x=1).x + unknown", "value"),
        ("re.sub('a', 'b', 'aa')", "value"),  # may take for ever
        ("<Thing object> + 1", "value"),
        ("list({'b', 'a'})", "value"),  # the order of a set of strings changes from run to run
        ("after [[0], [0]][0].append(1)", "effect"),  # both may be one list
        ("Counter({'a': 1, 'b': 1}).items()", "value"),  # its repr is sorted by count
        ("'a' * 10 ** 9", "value"),
        ("'ab'.join(", "value"),
        ("True", "note"),
    ],
)
def test_what_the_texts_do_not_tell_is_left_to_the_model(text: str, kind: str) -> None:
    assert given(text, kind) is None


class _Checking(Answers):
    """Answers from what was recorded, and holds what was worked out against it."""

    asked = 0
    wrong: list[tuple[str, str | None, str | None]] = []
    answered = 0

    def __call__(self, ask: Ask) -> Operation:
        true = super().__call__(ask)
        if ask.kind not in ("note", "call") and true.value != UNKNOWN:
            cls = type(self)
            cls.asked += 1
            if ask.given is not None:
                cls.answered += 1
                if not _same(ask.given, true):
                    cls.wrong.append((ask.text, ask.given.value, true.value))
        return true


def _same(mine: Operation, true: Operation) -> bool:
    """Equal, but for the order of sets, which no repr tells."""
    if (mine.value, mine.raised) == (true.value, true.raised):
        return True
    return "{" in (true.value or "") and sorted(mine.value or "") == sorted(true.value or "")


def test_it_agrees_with_real_runs_of_generated_and_written_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instrument, "Answers", _Checking)
    monkeypatch.setattr(instrument, "Scratchpad", lambda program: Scratchpad(program, calculates=True))
    _Checking.asked = _Checking.answered = 0
    _Checking.wrong = []
    for number, run in enumerate(traced(random.Random(3), False, 80, library(), 0.6)):
        assert isinstance(run.steps, instrument._Growing) and Walked is not None
        list(run.steps)
        if number == 600:
            break
    assert _Checking.asked > 4_000, "else this test looks at little"
    assert _Checking.answered > 0.85 * _Checking.asked
    # Programs may tamper with what is recorded: an exception of a later operation, one object in two places.
    assert len(_Checking.wrong) <= 0.002 * _Checking.answered, _Checking.wrong


@pytest.mark.parametrize("seed", range(4))
def test_nothing_follows_that_does_not_happen(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every recorded step, with what is calculated and what is known of definitions, handlers and pure functions."""
    monkeypatch.setattr(instrument, "Scratchpad", lambda program: Scratchpad(program, calculates=True))
    wrong: list[str] = []
    checked = 0
    programs = traced(random.Random(f"exact {seed}"), False, 80, library(), 0.6)
    for _, run in zip(range(80), programs, strict=False):
        state = run.program.start()
        for step, worked in zip(run.steps, run.worked, strict=True):
            if worked is not None:
                checked += 1
                if not agrees(narrow(state.legal(), worked.conclusion, worked.at), step, worked.at.locals):
                    wrong.append(f"{step} after {worked} in\n{run.program.source}")
            state = state.after(step)
    assert checked > 400
    assert len(wrong) <= checked * 0.002, "\n\n".join(wrong)


def free_run(source: PredictedSource, most: int) -> list[Step]:
    steps: list[Step] = []
    while len(steps) < most and (step := source.next_step(steps)) is not None:
        steps.append(step)
    return steps


PROGRAM = """\
def gather(words):
    seen = []
    total = 0
    for word in words:
        if word in seen:
            seen.append(seen.pop(0))
            continue
        seen.append(word)
        total += len(word)
    return total, seen
"""


SCRIPT = """\
\"\"\"Marks of a class.\"\"\"

MARKS = {
    "ann": [90, 85],
    "bob": (),
}


class Log:
    size: int = 0

    def __init__(self, name, *rest, limit=3, **more):
        self.name = name


def mean(values):
    if not values:
        raise ValueError("no marks")
    return sum(values) / len(values)


def report(marks):
    lines = []
    for name, values in sorted(marks.items()):
        try:
            score = mean(values)
        except (KeyError, ValueError) as error:
            lines.append(f"{name}: {error}")
        else:
            lines.append(
                f"{name}: "
                f"{mean([score, 80]):.1f}"
            )
    first, *others = lines
    best = max(marks, key=lambda name: len(marks[name]))
    return first, others, best


if __name__ == "__main__":
    log = Log("a", 1, color=2)
    print(report(MARKS))
"""


def test_scripts_with_classes_handlers_and_statements_of_several_lines(
    micro: PreTrainedModel, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    file = tmp_path / "marks.py"
    file.write_text(SCRIPT)
    program = Program.load(str(file), None, ())
    truth = record(program, Limits()).steps
    assert len(truth) > 50
    source = PredictedSource(LocalEngine(TransformersNetwork(micro)), vocabulary, program, 40, calculates=True)
    predicted = free_run(source, len(truth) + 3)
    for number, (mine, real) in enumerate(zip(predicted, truth, strict=True)):
        assert (mine.event, mine.line, dict(mine.locals), mine.value) == (
            real.event, real.line, dict(real.locals), real.value
        ), number  # fmt: skip


def test_a_model_that_knows_nothing_follows_what_can_be_worked_out(
    micro: PreTrainedModel, vocabulary: Vocabulary
) -> None:
    program = Program.from_source(PROGRAM, "words.py", "gather", "gather(['ab', 'c', 'ab', 'd'])")
    truth = record(program, Limits()).steps
    source = PredictedSource(LocalEngine(TransformersNetwork(micro)), vocabulary, program, 40, calculates=True)
    predicted = free_run(source, len(truth) + 3)
    assert [(s.event, s.line, dict(s.locals), s.value) for s in predicted] == [
        (s.event, s.line, dict(s.locals), s.value) for s in truth
    ]
    assert predicted[-1].event is Event.RETURN
    alone = PredictedSource(LocalEngine(TransformersNetwork(micro)), vocabulary, program, 40)
    assert free_run(alone, 8) != predicted[:8], "random weights would not have known"


SHARED = """\
def tagged(tag, tags=[], *, seen={}):
    tags.append(tag)
    seen[tag] = len(tags)
    return len(tags)


def main():
    first = tagged("a")
    second = tagged("b")
    third = tagged("c", ["x"])
    return first, second, third
"""


def test_a_default_is_one_object_for_all_calls(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    program = Program.from_source(SHARED, "tags.py", "main", "main()")
    truth = record(program, Limits()).steps
    source = PredictedSource(LocalEngine(TransformersNetwork(micro)), vocabulary, program, 40, calculates=True)
    predicted = free_run(source, len(truth) + 3)
    entered = [dict(step.locals) for step in predicted if step.event is Event.CALL and step.function == "tagged"]
    assert entered == [dict(step.locals) for step in truth if step.event is Event.CALL and step.function == "tagged"]
    assert predicted[-1].value == truth[-1].value == "(1, 2, 2)"


def test_steps_say_which_operations_were_calculated(micro: PreTrainedModel, vocabulary: Vocabulary) -> None:
    program = Program.from_source(PROGRAM, "words.py", "gather", "gather(['ab'])")
    source = PredictedSource(LocalEngine(TransformersNetwork(micro)), vocabulary, program, 40, calculates=True)
    steps = free_run(source, 20)
    operations = [o for step in steps for o in step.operations if o.value is not None]
    assert {o.text: o.calculated for o in operations}["len('ab')"] is True


def test_an_object_that_looks_like_a_list_raises_nothing_for_being_one() -> None:
    program = Program.from_source(
        "class Box:\n    def __init__(self, v):\n        self.v = v\n\n"
        "    def __repr__(self):\n        return f'[{self.v}]'\n\n\ndef f(box):\n    return box.v\n",
        "<test>",
        "f",
        "f(Box(3))",
    )
    at = [Step(Event.CALL, 9, "f", 0, {"box": "[3]"}), Step(Event.LINE, 10, "f", 0, {"box": "[3]"})]
    asked: list[Ask] = []

    def answer(ask: Ask) -> Operation | None:
        asked.append(ask)
        return None

    Scratchpad(program, calculates=True).work_out(at, answer)
    assert all(ask.given is None for ask in asked)
