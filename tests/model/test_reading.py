"""Replies held against the grammar: what is legal is taken, what is not is repaired or refused."""

from __future__ import annotations

import json
import math

import pytest

from neuraldbg.model.grammar import FrameGrammar, Part, Vocabulary
from neuraldbg.model.odds import Odds, known
from neuraldbg.model.predictor import line_texts
from neuraldbg.model.prompt import make_prompt
from neuraldbg.model.reading import Piece, Reading, looks_raised, pieces_of
from neuraldbg.program import Program
from neuraldbg.steps import Event, Step
from neuraldbg.training.data.stream import trace_program
from tests.model.programs import LOOP, RAISES


def grammar_after(case: tuple[str, str, str | None], count: int, vocabulary: Vocabulary) -> tuple[FrameGrammar, Step]:
    """The grammar of the step after so many, and the true one."""
    program = Program.from_source(case[0], "<test>", case[1], case[2])
    truth = trace_program(program, 60)[0]
    state = program.start()
    for step in truth[:count]:
        state = state.after(step)
    return FrameGrammar(vocabulary, state.legal(), line_texts(program, make_prompt(program))), truth[count]


def read(grammar: FrameGrammar, vocabulary: Vocabulary, text: str, **options: bool) -> Reading:
    reading = Reading(vocabulary, grammar, [], Odds(), **options)
    reading.force()
    reading.read(pieces_of(vocabulary, text))
    reading.force()
    return reading


def dump(grammar: FrameGrammar) -> tuple[Event | None, int, dict[str, str], str | None]:
    frame = grammar.result()
    return frame.event, frame.line, dict(frame.locals or {}), frame.value


# After the fourth step of the loop, `total += i` is about to run, or an exception is raised.
AFTER = 4


def test_a_whole_frame(vocabulary: Vocabulary) -> None:
    grammar, truth = grammar_after(LOOP, AFTER, vocabulary)
    assert truth.event is Event.LINE
    head = "<|line_sep|>" + '{"n": "..", "total": "7", "i": ".."}<|action_sep|>    for i in range(n):\n<|frame_sep|>'
    reading = read(grammar, vocabulary, head)
    assert grammar.done
    assert dump(grammar) == (Event.LINE, 3, {"n": "..", "total": "7", "i": ".."}, None)
    assert reading.refused == ""
    assert vocabulary.tokenizer.decode(reading.ids) == head


def test_without_special_tokens_the_grammar_says_where_they_were(vocabulary: Vocabulary) -> None:
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = read(grammar, vocabulary, '{"n": "..", "total": "7", "i": ".."}    for i in range(n):\n', stripped=True)
    assert grammar.done
    assert dump(grammar)[:2] == (Event.LINE, 3)
    assert math.isnan(reading.odds.move)
    strict, _ = grammar_after(LOOP, AFTER, vocabulary)
    assert not read(strict, vocabulary, '{"n": "..", "total": "7"').ids, "a model that gives tokens did not write one"


@pytest.mark.parametrize(
    ("value", "event"),
    [
        ("2", Event.RETURN),
        ("'ValueError'", Event.RETURN),
        ("ZeroDivisionError('division by zero')", Event.EXCEPTION),
        ("shop.PriceError(5)", Event.EXCEPTION),
        ("Point(x=1)", Event.RETURN),
    ],
)
def test_a_return_and_an_exception_look_alike_but_for_the_value(
    value: str, event: Event, vocabulary: Vocabulary
) -> None:
    grammar, truth = grammar_after(RAISES, 8, vocabulary)
    assert truth.event is Event.RETURN
    assert grammar.undecided == [Event.RETURN, Event.EXCEPTION]
    read(grammar, vocabulary, "    return n // 2\n" + json.dumps(value), stripped=True)
    assert grammar.done
    assert dump(grammar) == (event, 4, {}, value)
    assert looks_raised(value) == (event is Event.EXCEPTION)


def test_a_value_that_ends_too_early_is_followed_by_what_is_forced(vocabulary: Vocabulary) -> None:
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = read(grammar, vocabulary, '<|line_sep|>{"n": "..", "total": "7"}<|action_sep|>')
    assert reading.refused == "}<|action_sep|>", "the quote before it was legal, the bracket was not"
    assert dump(grammar) == (Event.LINE, 3, {"n": "..", "total": "7", "i": ".."}, None)


def test_the_likeliest_legal_alternative_takes_the_place_of_an_illegal_token(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = Reading(vocabulary, grammar, [], Odds())
    others = ((t.frame_sep, -0.1), (t.exception_sep, -4.0), (t.line_sep, -2.5))
    reading.read([Piece(t.frame_sep, b"", -0.1, others), Piece(t.line_sep, b"", 0.0)])
    assert reading.ids == [t.line_sep]
    assert reading.odds.move == -2.5
    assert reading.refused, "what follows was said of another token"


def test_an_event_that_is_not_legal_is_refused(vocabulary: Vocabulary) -> None:
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = read(grammar, vocabulary, "<|call_sep|>{}")
    assert reading.ids == []
    assert reading.refused == "<|call_sep|>{}"


def test_a_line_that_is_not_legal_is_cut_to_what_it_shares_with_a_legal_one(vocabulary: Vocabulary) -> None:
    t = vocabulary.tokenizer
    for wrote, line in (("    return everything\n", 5), ("        total -= i\n", 4)):
        grammar, _ = grammar_after(LOOP, 5, vocabulary)
        reading = Reading(vocabulary, grammar, [], Odds())
        text = '<|line_sep|>{"n": "..", "total": "..", "i": "1"}<|action_sep|>'
        reading.read(pieces_of(vocabulary, text))
        assert len(grammar.tails()) == 2
        reading.read(pieces_of(vocabulary, wrote + "<|frame_sep|>"))
        assert reading.refused
        reading.force()
        assert grammar.done
        assert dump(grammar)[1] == line
        assert t.decode(reading.ids).startswith(text)
    grammar, _ = grammar_after(LOOP, 5, vocabulary)
    reading = Reading(vocabulary, grammar, [], Odds())
    reading.read(pieces_of(vocabulary, text + "import os\n<|frame_sep|>"))
    reading.force()
    assert not grammar.done, "nothing in common: no line is better than the other"
    assert t.decode(reading.ids) == text


def test_characters_that_json_may_hold_are_written_as_escapes(vocabulary: Vocabulary) -> None:
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    text = '<|line_sep|>{"n": "..", "total": "\'é😀\'", "i": ".."}<|action_sep|>    for i in range(n):\n<|frame_sep|>'
    read(grammar, vocabulary, text)
    assert grammar.done
    assert dump(grammar)[2]["total"] == "'é😀'"


def test_a_raw_newline_in_a_value_is_refused(vocabulary: Vocabulary) -> None:
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = read(grammar, vocabulary, '<|line_sep|>{"n": "..", "total": "7\n8"')
    assert vocabulary.tokenizer.decode(reading.ids).endswith('"total": "7')
    assert reading.refused


def test_a_value_that_does_not_end_is_closed_and_reads_as_unsure(vocabulary: Vocabulary) -> None:
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = Reading(vocabulary, grammar, [], Odds(), max_value_tokens=5)
    reading.read(pieces_of(vocabulary, '<|line_sep|>{"n": "..", "total": "' + "1, " * 500))
    reading.force()
    assert grammar.done
    assert 0 < len(dump(grammar)[2]["total"]) < 20
    assert math.isnan(reading.odds.locals["total"])
    grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
    reading = Reading(vocabulary, grammar, [], Odds(), max_value_tokens=5)
    text = pieces_of(vocabulary, '<|line_sep|>{"n": "..", "total": "' + "1, " * 500)
    reading.read([Piece(piece.token, piece.data, -0.1) for piece in text])
    assert math.exp(reading.odds.locals["total"]) == 0


def test_a_reply_that_was_cut_off_goes_on_in_the_next_one(vocabulary: Vocabulary) -> None:
    text = '<|line_sep|>{"n": "..", "total": "1234", "i": ".."}<|action_sep|>    for i in range(n):\n<|frame_sep|>'
    whole = pieces_of(vocabulary, text)
    for cut in range(len(whole)):
        grammar, _ = grammar_after(LOOP, AFTER, vocabulary)
        reading = Reading(vocabulary, grammar, [], Odds())
        reading.read(whole[:cut])
        assert reading.refused == ""
        reading.force()
        done = vocabulary.tokenizer.decode(reading.ids)
        assert text.startswith(done)
        reading.read(pieces_of(vocabulary, text[len(done) :]))
        reading.force()
        assert grammar.done
        assert dump(grammar)[2]["total"] == "1234"


def test_what_is_not_known_stays_so() -> None:
    odds = Odds()
    odds.add(Part.LOCAL, "a", -1.0)
    odds.add(Part.LOCAL, "a", math.nan)
    odds.add(Part.VALUE, None, -1.0)
    assert known(math.exp(odds.locals["a"])) is None
    assert known(math.exp(odds.value)) == math.exp(-1)
    assert known(None) is None
