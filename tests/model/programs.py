"""Programs that the model's tests predict: one of each kind of control flow."""

from __future__ import annotations

LOOP = ("def f(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n", "f", "f(3)")
REPEATED = (
    "def f(a):\n    if a:\n        x = 1\n    else:\n        x = 1\n    x += 1\n    x += 1\n    return x\n",
    "f",
    "f(0)",
)
RAISES = (
    "def half(n):\n    if n % 2:\n        raise ValueError(n)\n    return n // 2\n\n\n"
    "def f(ns):\n    out = []\n    for n in ns:\n        try:\n            out.append(half(n))\n"
    "        except ValueError:\n            out.append(None)\n    return out\n",
    "f",
    "f([4, 7])",
)
RAISES_ONCE = (RAISES[0], "f", "f([7])")
RECURSION = ("def f(n):\n    return 1 if n < 2 else n * f(n - 1)\n", "f", "f(5)")
MODULE = (
    'text = """two\nlines"""\n\n\ndef size(t):\n    return len(t)\n\n\nn = size(text)\nfor c in text:\n    n -= 1\n',
    "<module>",
    None,
)
GENERATOR = (
    "def g(n):\n    for i in range(n):\n        yield i * i\n\n\ndef f(n):\n    return [x for x in g(n)]\n",
    "f",
    "f(3)",
)
CLASS = (
    "class A:\n    def __init__(self, n):\n        self.n = n\n\n\n"
    "class B:\n    def __init__(self, n):\n        self.n = n\n\n\n"
    "def f(n):\n    a = A(n)\n    b = B(a.n)\n    return b.n\n",
    "f",
    "f('é\"\\\\')",
)
EMPTY_STRINGS = (
    "def f(s, d):\n    s = s + '\"'\n    d['..'] = s\n    return (s, d)\n",
    "f",
    "f('', {'\\\\': '\\n\\t'})",
)

ALL = [LOOP, REPEATED, RAISES, RECURSION, MODULE, GENERATOR, CLASS, EMPTY_STRINGS]
