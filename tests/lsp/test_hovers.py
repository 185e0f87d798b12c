"""Hovers over names, attributes, functions and everything else, through a real server whose model is the recorder."""

from __future__ import annotations

import time
from pathlib import Path

from tests.lsp.client import Client, hover

ASKED = "*What else it could be is being asked: hover again.*"

DEMO = (Path(__file__).resolve().parents[2] / "examples" / "demo.py").read_text(encoding="utf-8")


def opened(client: Client, name: str, text: str) -> str:
    """The URI of a text that has been predicted."""
    uri = f"file:///nowhere/{name}.py"
    client.open(uri, text)
    client.ready(uri)
    return uri


def over(client: Client, uri: str, text: str, word: str, nth: int = 1) -> str | None:
    """The hover over the n-th place where a word stands, with all that the model says."""
    at = -1
    for _ in range(nth):
        at = text.index(word, at + 1)
    line = text.count("\n", 0, at)
    while (found := hover(client, uri, line, at - (text.rfind("\n", 0, at) + 1))) is not None and ASKED in found:
        time.sleep(0.02)
    return found


def test_a_name_has_a_table_of_its_values_wherever_it_stands(client: Client) -> None:
    uri = opened(client, "names", DEMO)
    text = over(client, uri, DEMO, "halves")
    assert text is not None and "| 6 | 11 | `[]` | 90% |" in text and "| 23 | 16 | `[2, None]` | 90% |" in text
    assert over(client, uri, DEMO, "halves", 2) == text


def test_what_is_no_value_has_no_hover(client: Client) -> None:
    uri = opened(client, "nothing", DEMO)
    for word in ("append", "for", "A call", "ValueError", "None", "return", "def"):
        assert over(client, uri, DEMO, word) is None, word


def test_a_function_has_a_table_of_its_calls_where_it_is_defined_and_called(client: Client) -> None:
    uri = opened(client, "calls", DEMO)
    text = over(client, uri, DEMO, "half")
    assert text is not None and text.splitlines() == [
        "`half` in `calls.py`, predicted",
        "",
        "| step | call | gives | sure |",
        "| --: | :-- | :-- | --: |",
        "| 9 | `half(n=4)` | `2` | 90% |",
        "| 16 | `half(n=7)` | raises `ValueError(7)` | 90% |",
    ]
    assert over(client, uri, DEMO, "half(n))") == text


def test_calls_inside_of_calls_end_where_they_end(client: Client) -> None:
    text = "def fact(n):\n    if n < 2:\n        return 1\n    return n * fact(n - 1)\n\n\nfact(3)\n"
    found = over(client, opened(client, "recursion", text), text, "fact")
    assert found is not None
    assert [line.split(" | ")[1:3] for line in found.splitlines()[4:]] == [
        ["`fact(n=3)`", "`6`"],
        ["`fact(n=2)`", "`2`"],
        ["`fact(n=1)`", "`1`"],
    ]


def test_an_attribute_is_told_as_far_as_the_values_tell_it(client: Client) -> None:
    text = """\
from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: str

    def moved(self, by):
        return Point(self.x + by, self.y)


p = Point(1, "中")
for i in range(2):
    p = p.moved(i)
    q = ["中🙂", p.y, p.x]
print(p.nothing if q == 1 else p.x)
"""
    uri = opened(client, "attributes", text)
    x = hover(client, uri, 15, 23)  # columns are UTF-16's, trees count bytes
    assert x is not None and x.startswith("`p.x` in `attributes.py`, predicted") and "| 16 | `1` | 90% |" in x
    name = hover(client, uri, 15, 18)
    assert name is not None and name.startswith("`p.y`") and name.count("`'中'`") == 1, "said once while it stays"
    moved = over(client, uri, text, "moved(i)")
    assert moved is not None and "`moved(self=Point(x=1, y='中'), by=0)`" in moved
    assert over(client, uri, text, "nothing") is None


def test_names_of_comprehensions_and_lambdas_are_their_own(client: Client) -> None:
    text = "n = 5\nxs = [n * 2 for n in (1, 2)]\nf = lambda n: n\ny = n + len(xs)\n"
    uri = opened(client, "own", text)
    assert over(client, uri, text, "n * 2") is None and over(client, uri, text, "n\ny") is None
    y = over(client, uri, text, "n + len")
    assert y is not None and "`5`" in y


def test_names_in_f_strings_and_subscripts(client: Client) -> None:
    text = "d = {'a': 1}\nk = 'a'\nw = 9\ns = f'd {d[k]:>{w}} {{k}} {k!r}'\nv = d[k]\ns\n"
    uri = opened(client, "strings", text)
    for word, value in (("d[k]:", "{'a': 1}"), ("k]:", "'a'"), ("k!r", "'a'"), ("k]\n", "'a'"), ("d[k]\n", "{'a': 1}")):
        found = over(client, uri, text, word)
        assert found is not None and value in found, word
    assert over(client, uri, text, "d {d") is None and over(client, uri, text, "k}}") is None


def test_what_an_unsure_value_could_have_been(client: Client) -> None:
    text = "unsure_a = 1\nb = unsure_a\nunsure_a\n"
    uri = opened(client, "others", text)
    found = over(client, uri, text, "unsure_a")
    assert found is not None and "The last one could also be `'other'` 35%." in found
    assert over(client, uri, text, "unsure_a") == found, "it is kept"
    sure = over(client, uri, text, "b")
    assert sure is not None and "could" not in sure


def test_a_hover_does_not_wait_for_a_model_that_thinks(client: Client) -> None:
    text = "model_ponders = unsure_a = 1\nunsure_a\n"
    uri = opened(client, "ponders", text)
    found = hover(client, uri, 0, 18)
    assert found is not None and ASKED in found
    client.change(uri, "unsure_a = 2\nunsure_a\n")
    client.ready(uri)
    again = over(client, uri, "unsure_a", "unsure_a")
    assert again is not None and "`'other'` 35%" in again


def test_lines_are_those_of_the_present_text(client: Client) -> None:
    text = "x = 1\ny = x + 1\ny\n"
    uri = opened(client, "moved", text)
    client.change(uri, (0, 0, 0, 0, "# one\n# two\n"), (4, 0, 4, 1, "(y +"))
    client.ready(uri, "problem")
    found = hover(client, uri, 3, 0)
    assert found is not None and "| 4 | `2` |" in found
