"""List and dict methods in small helpers, with their results, their side effects on arguments, and their errors."""
import copy
from collections import ChainMap, OrderedDict, defaultdict
from operator import itemgetter


def add_all(xs, *items):
    for it in items:
        xs.append(it)
    return xs
#: add_all([1], 2, [3, 4])
#: add_all([])
#: add_all([0], None, "ab")


def append_vs_extend(a, b):
    c = a.copy()
    a.append(b)
    c.extend(b)
    return a, c
#: append_vs_extend([1], [2, 3])
#: append_vs_extend([], "hi")
#: append_vs_extend(["k"], {"x": 1, "y": 2})
#: append_vs_extend([0], range(2))
#: append_vs_extend([1], 5)


def put(lst, i, x):
    r = lst.insert(i, x)
    return r, lst
#: put([1, 2, 3], 1, "a")
#: put([1, 2, 3], -1, "a")
#: put([1], 99, "z")
#: put([1, 2], -50, 0)
#: put([], 0, [])


def pop_ends(q):
    first = q.pop(0)
    last = q.pop() if q else None
    return first, last, q
#: pop_ends([1, 2, 3, 4])
#: pop_ends(["only"])
#: pop_ends([None, False])
#: pop_ends([])


def pop_at(lst, *idx):
    got = []
    for i in idx:
        try:
            got.append(lst.pop(i))
        except IndexError as e:
            got.append(str(e))
    return got, lst
#: pop_at(["a", "b", "c", "d"], 1, 1)
#: pop_at([1, 2, 3], -2, 5)
#: pop_at([], 0)
#: pop_at([7], -1, -1)


def discard(lst, x):
    if x in lst:
        lst.remove(x)
    return lst
#: discard([1, 2, 1], 1)
#: discard(["a"], "b")
#: discard([1.0, True, 1], 1)
#: discard([], None)


def remove_all(lst, x):
    n = lst.count(x)
    while x in lst:
        lst.remove(x)
    return n
#: remove_all([0, 1, 0, 2, 0], 0)
#: remove_all(["x"], "y")
#: remove_all([[], [1], []], [])


def skip_bug(nums):
    for n in nums:
        if n < 0:
            nums.remove(n)
    return nums
#: skip_bug([-1, -2, 3, -4])
#: skip_bug([-1, 5, -2])
#: skip_bug([1, 2])
#: skip_bug([-5, -5, -5, -5])


def pos(lst, x, start=0):
    try:
        return lst.index(x, start)
    except ValueError:
        return -1
#: pos(["a", "b", "a"], "a")
#: pos(["a", "b", "a"], "a", 1)
#: pos([1, 2, 3], 1, -2)
#: pos([0, 1], True)
#: pos([], 0)


def move_to_front(names, who):
    i = names.index(who)
    names.insert(0, names.pop(i))
    return names
#: move_to_front(["ann", "bob", "cy"], "cy")
#: move_to_front(["x"], "x")
#: move_to_front(["b", "a", "b"], "b")
#: move_to_front(["ann"], "zed")


def sort_result(xs):
    a = sorted(xs)
    b = xs.sort(reverse=True)
    return a, b, xs
#: sort_result([3, 1, 2])
#: sort_result(["b", "B", "a"])
#: sort_result([])
#: sort_result([1, "a"])


def rank(players):
    players.sort(key=lambda p: p[0])
    players.sort(key=itemgetter(1), reverse=True)
    return [name for name, _ in players]
#: rank([("bo", 3), ("al", 3), ("cy", 9)])
#: rank([("z", 0)])
#: rank([("b", 1), ("a", 1), ("c", -1)])
#: rank([])


def by_len(words):
    words.sort(key=len)
    longest = words.copy()
    longest.reverse()
    return words[:2], longest[:2]
#: by_len(["kiwi", "fig", "banana", "nut"])
#: by_len(["a", ""])
#: by_len([])
#: by_len([[1, 2], (3,), "abc"])


def flip(xs):
    ys = xs[::-1]
    same = xs == ys
    xs.reverse()
    return same, xs is ys, xs == ys
#: flip([1, 2, 1])
#: flip([1, 2])
#: flip([])


def shallow(grid):
    a = grid.copy()
    b = copy.deepcopy(grid)
    grid[0].append("!")
    grid.append([])
    return a, b
#: shallow([[1], [2]])
#: shallow([["x", "y"]])
#: shallow([])
#: shallow([[[]]])


def alias(a):
    b = a
    b += [len(a)]
    a = a + [-1]
    return a, b
#: alias([5, 6])
#: alias([])
#: alias(["q"])


def rows_of(n, m):
    shared = [[0] * m] * n
    own = [[0] * m for _ in range(n)]
    if shared:
        shared[0].append(1)
        own[0].insert(0, 1)
    return shared, own
#: rows_of(2, 2)
#: rows_of(3, 0)
#: rows_of(0, 4)


def clear_both(lst, d):
    keep = lst
    size = len(lst) + len(d)
    lst.clear()
    d.clear()
    return size, keep, d or "empty"
#: clear_both([1, 2], {"a": 1})
#: clear_both([], {})
#: clear_both([[]], {0: None, 1: None})


def slice_put(xs, i, j, new):
    xs[i:j] = new
    return len(xs), xs
#: slice_put([1, 2, 3, 4], 1, 3, [9])
#: slice_put([1, 2], 1, 1, "abc")
#: slice_put([1, 2, 3], 0, None, [])
#: slice_put([1, 2, 3], 5, 9, (7, 8))
#: slice_put([1, 2], 0, 1, 5)


def every_other(xs, vals):
    try:
        xs[::2] = vals
    except ValueError as e:
        return str(e), xs
    del xs[-1:]
    return xs
#: every_other([1, 2, 3, 4, 5], ["a", "b", "c"])
#: every_other([1, 2, 3], [0])
#: every_other([], [])
#: every_other([1], "x")


def del_steps(xs, k):
    del xs[k::k + 1]
    return xs
#: del_steps([0, 1, 2, 3, 4, 5, 6], 1)
#: del_steps([0, 1, 2, 3], 2)
#: del_steps(["a", "b"], 0)
#: del_steps([1, 2, 3, 4], -1)


def tally_of(xs):
    return [xs.count(x) for x in xs], max(xs, key=xs.count, default=None)
#: tally_of([3, 1, 3, 2])
#: tally_of(["a", "A"])
#: tally_of([1, True, 1.0, "1"])
#: tally_of([])


def push_cap(stack, x, cap=3):
    stack.append(x)
    if len(stack) > cap:
        dropped = stack.pop(0)
        return dropped
#: push_cap([1, 2, 3], 4)
#: push_cap([], "a")
#: push_cap(["x"], "y", cap=0)
#: push_cap([None, 1], 2, 2)


def lookup(d, keys, default="-"):
    return [d.get(k, default) for k in keys]
#: lookup({"a": 1, "b": None}, ["a", "b", "c"])
#: lookup({}, [1], 0)
#: lookup({1: "one", (1, 2): "pair"}, [1.0, True, (1, 2)])
#: lookup({"a": 1}, [["a"]])


def take(d, k):
    before = len(d)
    v = d.pop(k, None)
    return v, before - len(d), d
#: take({"x": 1, "y": 2}, "x")
#: take({"x": None}, "x")
#: take({"x": 1}, "z")
#: take({0: "zero"}, False)


def must_pop(d, *keys):
    out = []
    for k in keys:
        out.append(d.pop(k))
    return out, sorted(d)
#: must_pop({"b": 1, "a": 2, "c": 3}, "c")
#: must_pop({"b": 1}, "b", "b")
#: must_pop({"z": 0, "y": 1})


def note(d, key, item):
    got = d.setdefault(key, [])
    got.append(item)
    return len(got), d
#: note({}, "a", 1)
#: note({"a": [0]}, "a", 1)
#: note({"b": []}, "a", None)
#: note({"a": "text"}, "a", 1)


def defaults(opts):
    r = [opts.setdefault("port", 80), opts.setdefault("host"), opts.setdefault("debug", False)]
    return r, list(opts)
#: defaults({})
#: defaults({"host": "x", "port": None})
#: defaults({"debug": 1, "extra": 2})


def merge(a, b):
    a = dict(a)
    r = a.update(b, tag="m")
    return r, a
#: merge({"x": 1}, {"x": 2, "y": 3})
#: merge({}, [("k", "v"), ["n", 0]])
#: merge({"tag": "old"}, {})
#: merge({}, ["ab", "cd"])
#: merge({}, [1, 2])


def merge_ops(a, b):
    c = a | b
    d = b | a
    a |= b
    return c == a, list(c), list(d.values())
#: merge_ops({"x": 1}, {"y": 2})
#: merge_ops({"x": 1, "y": 0}, {"y": 2, "z": 3})
#: merge_ops({}, {})
#: merge_ops({"q": 1}, [("q", 2)])


def last_items(d, n):
    out = []
    while n and d:
        out.append(d.popitem())
        n -= 1
    return out, d
#: last_items({"a": 1, "b": 2, "c": 3}, 2)
#: last_items({"a": 1}, 5)
#: last_items({"a": 1}, 0)
#: last_items({}, 3)


def drain(d):
    try:
        while True:
            k, v = d.popitem()
            yield k * 2, v
    except KeyError as e:
        yield e.args[0], 0


def drained(d):
    return list(drain(d)) + [len(d)]
#: drained({"a": 1, "b": 2})
#: drained({3: "x"})
#: drained({})


def rename(d, old, new):
    if old in d:
        d[new] = d.pop(old)
    return d
#: rename({"nm": "bo", "age": 3}, "nm", "name")
#: rename({"a": 1, "b": 2}, "a", "b")
#: rename({"a": 1}, "x", "y")
#: rename({"a": 1, "b": 0}, "a", "a")


def flip_dict(d):
    out = {}
    for k, v in d.items():
        if v in out:
            raise ValueError(f"{v!r} twice: {out[v]}, {k}")
        out[v] = k
    return out
#: flip_dict({"a": 1, "b": 2})
#: flip_dict({"a": 1, "b": 1})
#: flip_dict({})
#: flip_dict({"t": True, "u": 0})


def from_keys(keys):
    shared = dict.fromkeys(keys, [])
    for k in shared:
        shared[k].append(k)
    return shared, dict.fromkeys(keys)
#: from_keys("aba")
#: from_keys([1, 2])
#: from_keys([])


def live_views(d):
    ks = d.keys()
    frozen = list(ks)
    d["new"] = 0
    d.pop(frozen[0])
    return frozen, list(ks), "new" in ks
#: live_views({"a": 1, "b": 2})
#: live_views({"new": 5, "x": 1})
#: live_views({})


def grow_while(d):
    try:
        for k in d:
            d[k + "2"] = d[k]
    except RuntimeError as e:
        return str(e)
    return d
#: grow_while({"a": 1})
#: grow_while({})
#: grow_while({"a": 1, "a2": 0, "a22": 5})


def prune(d):
    for k in [k for k, v in d.items() if v in (None, "", [])]:
        del d[k]
    return d
#: prune({"a": "", "b": 0, "c": None})
#: prune({"x": [], "y": [[]]})
#: prune({})


def key_ops(a, b):
    return sorted(a.keys() & b), sorted(a.keys() - b.keys()), a.items() & b.items()
#: key_ops({"x": 1, "y": 2}, {"y": 2, "z": 3})
#: key_ops({"x": 1}, {"x": 2})
#: key_ops({}, {"a": 0})


def best_key(d):
    if d:
        return max(d, key=d.get), min(d.values()), sorted(d, key=d.get)[:2]
    return None
#: best_key({"a": 3, "b": 7, "c": 7})
#: best_key({"z": -1})
#: best_key({})
#: best_key({"p": 1, "q": "1"})


def inc(counts, *names, by=1):
    for nm in names:
        counts[nm] = counts.get(nm, 0) + by
    return counts
#: inc({}, "a", "b", "a")
#: inc({"a": 5}, "a", by=-2)
#: inc({"n": None}, "n")
#: inc({"k": 1})


def dig(d, path, default=None):
    for k in path.split("."):
        d = d.get(k, {})
    return d or default
#: dig({"a": {"b": {"c": 1}}}, "a.b.c")
#: dig({"a": {}}, "a.x.y", "none")
#: dig({"a": 0}, "a", 5)
#: dig({"a": 0}, "a.b")


def put_path(d, path, value):
    *parents, last = path
    node = d
    for p in parents:
        node = node.setdefault(p, {})
    node[last] = value
    return d
#: put_path({}, ["a", "b"], 1)
#: put_path({"a": {"x": 0}}, ["a", "b"], 1)
#: put_path({}, "xyz", True)
#: put_path({"a": 1}, ["a", "b"], 2)
#: put_path({}, [], 0)


def items_sorted(d):
    items = list(d.items())
    items.sort(key=lambda kv: (-kv[1], kv[0]))
    return items
#: items_sorted({"b": 2, "a": 2, "c": 5})
#: items_sorted({"only": 0})
#: items_sorted({})
#: items_sorted({"a": "x"})


def same_dict(d):
    e = dict(reversed(d.items()))
    o = OrderedDict(e)
    return d == e, list(d) == list(e), o == d, o == OrderedDict(d)
#: same_dict({"a": 1, "b": 2})
#: same_dict({"a": 1})
#: same_dict({})


def layers(*maps):
    cm = ChainMap(*maps)
    cm["seen"] = True
    return cm.get("lang"), len(cm), maps[0] if maps else cm.maps
#: layers({"lang": "en"}, {"lang": "de", "x": 1})
#: layers({}, {"lang": "fr"})
#: layers()


def index_by(recs, field):
    out = defaultdict(list)
    for r in recs:
        out[r.get(field)].append(r.pop("id"))
    return dict(out), recs
#: index_by([{"id": 1, "c": "x"}, {"id": 2}, {"id": 3, "c": "x"}], "c")
#: index_by([], "c")
#: index_by([{"id": 1}, {"name": "n"}], "c")


def stack_ops(ops):
    st = []
    for op in ops:
        match op.split():
            case ["push", x]:
                st.append(x)
            case ["pop"]:
                st.pop()
            case ["dup"]:
                st.append(st[-1])
            case ["swap"]:
                st[-2:] = st[:-3:-1]
            case _:
                st.extend(op)
    return st
#: stack_ops(["push a", "push b", "swap", "dup"])
#: stack_ops(["push x", "hey", "pop"])
#: stack_ops(["pop"])
#: stack_ops([])


def swap_keys(d, a, b):
    missing = object()
    x, y = d.pop(a, missing), d.pop(b, missing)
    if x is not missing:
        d[b] = x
    if y is not missing:
        d[a] = y
    return d
#: swap_keys({"l": 1, "r": 2}, "l", "r")
#: swap_keys({"l": 1, "m": 0}, "l", "r")
#: swap_keys({}, "a", "b")


def bad_default(x, seen=[]):
    if x in seen:
        return seen.index(x)
    seen.append(x)
    return None


def ask_twice(items):
    return [bad_default(i) for i in items] + [bad_default(i, []) for i in items]
#: ask_twice(["a", "b", "a"])
#: ask_twice([])
#: ask_twice([0, False, 0.0])


def extend_self(xs, n):
    while len(xs) < n:
        xs.extend(xs or [0])
    xs *= 2
    return xs[:n + 1], len(xs)
#: extend_self([1, 2], 3)
#: extend_self([], 2)
#: extend_self(["a"], 0)


def compare_lists(a, b):
    common = [x for x in a if x in b]
    for x in common:
        a.remove(x)
        b.remove(x)
    return common, a, b
#: compare_lists([1, 2, 3], [3, 4, 1])
#: compare_lists([], ["x"])
#: compare_lists([1, 1], [1])


def split_by(xs, pred=bool):
    yes, no = [], []
    for x in xs:
        (yes if pred(x) else no).append(x)
    return yes, no
#: split_by([0, 1, "", "a", None, []])
#: split_by(["Ab", "cd"], str.islower)
#: split_by([], len)
#: split_by([3, "x"], len)
