"""LOCALS and VALUE of a frame as a nondeterministic automaton over bytes; `FrameGrammar` walks it.

A token may hold the end of a value and the comma behind it, so the automaton knows nothing of tokens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Final

from neuraldbg.control import NameRule, Presence
from neuraldbg.steps import UNCHANGED

BODY: Final = -1  # edge number of a string body
_HEX: Final = frozenset(b"0123456789abcdefABCDEF")
_ESCAPES: Final = frozenset(b'"\\nrtbf')

# A place in the automaton: (node, edge, position in the edge's literal); for a string body (node, BODY, phase), where
# phase 0 is plain text, 1 follows a backslash, 2..5 wait for that many - 1 hex digits.
State = tuple[int, int, int]
States = frozenset[State]


class Automaton:
    """Bytes of LOCALS (for one or more alternatives) or of VALUE, as a nondeterministic automaton without epsilons."""

    def __init__(self) -> None:
        self.edges: list[list[tuple[bytes, int]]] = []
        self.body: list[int] = []  # where a closed string leads, -1 where the node has no string body
        self.accepting: dict[int, int] = {}  # node -> alternative
        self.owner: dict[int, str] = {}  # nodes that decide a name's value
        self.start: States = frozenset()

    def node(self) -> int:
        self.edges.append([])
        self.body.append(-1)
        return len(self.edges) - 1

    def enter(self, node: int) -> list[State]:
        """States on arriving at a node."""
        if node in self.accepting or not (self.edges[node] or self.body[node] >= 0):
            return [(node, 0, 0)]
        states = [(node, i, 0) for i in range(len(self.edges[node]))]
        return [*states, (node, BODY, 0)] if self.body[node] >= 0 else states

    def step(self, states: Iterable[State], byte: int) -> States:
        out: list[State] = []
        for node, edge, at in states:
            if edge == BODY:
                if at == 0:
                    if byte == 0x22:
                        out += self.enter(self.body[node])
                    elif byte == 0x5C:
                        out.append((node, BODY, 1))
                    elif 0x20 <= byte < 0x7F:
                        out.append((node, BODY, 0))
                elif at == 1:
                    if byte in _ESCAPES:
                        out.append((node, BODY, 0))
                    elif byte == 0x75:
                        out.append((node, BODY, 5))
                elif byte in _HEX:
                    out.append((node, BODY, at - 1 if at > 2 else 0))
            elif node not in self.accepting:
                literal, target = self.edges[node][edge]
                if literal[at] == byte:
                    if at + 1 < len(literal):
                        out.append((node, edge, at + 1))
                    else:
                        out += self.enter(target)
        return frozenset(out)

    def run(self, states: States, text: bytes) -> States:
        at = 0
        while states and at < len(text):
            if len(states) == 1:
                states, at = self._run_one(states, text, at)
            else:
                states = self.step(states, text[at])
                at += 1
        return states

    def _run_one(self, states: States, text: bytes, at: int) -> tuple[States, int]:
        """`run` from a single state as far as it is a single one that needs no choice: the states, and where in the
        text."""
        ((node, edge, done),) = states
        if edge != BODY and node not in self.accepting:
            literal, target = self.edges[node][edge]
            size = min(len(literal) - done, len(text) - at)
            if literal[done : done + size] != text[at : at + size]:
                return frozenset(), len(text)
            if done + size < len(literal):
                return frozenset(((node, edge, done + size),)), at + size
            return frozenset(self.enter(target)), at + size
        return self.step(states, text[at]), at + 1

    def literal(self, states: States) -> bytes:
        """The bytes that must follow, up to the next choice."""
        out = bytearray()
        while states and not any(edge == BODY or node in self.accepting for node, edge, _ in states):
            if len(states) == 1:
                ((node, edge, at),) = states
                text, target = self.edges[node][edge]
                out += text[at:]
                states = frozenset(self.enter(target))
                continue
            following = {self.edges[node][edge][0][at] for node, edge, at in states}
            if len(following) != 1:
                break
            out += bytes(following)
            states = self.step(states, out[-1])
        return bytes(out)

    def in_body(self, states: States) -> bool:
        return any(edge == BODY for _, edge, _ in states)

    def accepted(self, states: States) -> list[int]:
        return [self.accepting[node] for node, _, _ in states if node in self.accepting]

    def deciding(self, states: States) -> str | None:
        """The name whose value is being decided, if any."""
        names = {self.owner.get(node) for node, _, _ in states}
        return names.pop() if len(names) == 1 else None

    def add_locals(self, rules: Sequence[NameRule], alternative: int) -> None:
        """Adds ``{"name": "value", ...}`` under the rules as one more alternative from the start."""
        n = len(rules)
        final = self.node()
        self.accepting[final] = alternative
        after = [self.node() for _ in range(n + 1)]  # after[i]: rules before i are done, at least one was written
        values = [self.node() for _ in rules]

        def choices(i: int, first: bool) -> list[tuple[bytes, int]]:
            out: list[tuple[bytes, int]] = []
            for j in range(i, n):
                out.append((b"" if first else b", ", j))
                if rules[j].presence is Presence.ALWAYS:
                    return out
            return [*out, (b"", n)]

        def connect(node: int, i: int, first: bool, prefix: bytes = b"") -> None:
            for lead, j in choices(i, first):
                if j == n:
                    self.edges[node].append((prefix + lead + b"}", final))
                else:
                    key = json.dumps(rules[j].name).encode()
                    self.edges[node].append((prefix + lead + key + b": ", values[j]))

        opening = self.node()
        connect(opening, 0, True, b"{")
        for i in range(1, n + 1):
            connect(after[i], i, False)
        for i, rule in enumerate(rules):
            if rule.may_keep:
                self.edges[values[i]].append((json.dumps(UNCHANGED).encode(), after[i + 1]))
            if rule.may_change and rule.value is not None:
                self.edges[values[i]].append((json.dumps(rule.value).encode(), after[i + 1]))
            elif rule.may_change:
                inside = self.node()
                self.body[inside] = after[i + 1]
                self.edges[values[i]].append((b'"', inside))
                self.owner[values[i]] = self.owner[inside] = rule.name
        self.start |= frozenset(self.enter(opening))

    @classmethod
    def of_value(cls, fixed: str | None) -> Automaton:
        """VALUE: a JSON string, or the fixed one."""
        automaton = cls()
        opening, final = automaton.node(), automaton.node()
        automaton.accepting[final] = 0
        if fixed is None:
            inside = automaton.node()
            automaton.body[inside] = final
            automaton.edges[opening].append((b'"', inside))
        else:
            automaton.edges[opening].append((json.dumps(fixed).encode(), final))
        automaton.start = frozenset(automaton.enter(opening))
        return automaton
