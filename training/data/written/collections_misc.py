"""Everyday deque, OrderedDict, ChainMap, itertools, functools, operator and heapq."""
import bisect
import functools
import heapq
import itertools as it
import operator as op
from collections import ChainMap, OrderedDict, UserDict, deque
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cmp_to_key, lru_cache, partial, reduce, singledispatch
from itertools import accumulate, chain, cycle, dropwhile, islice, pairwise, takewhile, zip_longest


def last_lines(text, n=3):
    tail = deque(maxlen=n)
    for number, line in enumerate(text.splitlines(), 1):
        tail.append(f"{number}: {line}")
    return list(tail)
#: last_lines("a\nb\nc\nd\ne", 2)
#: last_lines("only")
#: last_lines("", 5)
#: last_lines("x\ny", n=-1)


def moving_average(values, size):
    window = deque(maxlen=size)
    out = []
    for v in values:
        window.append(v)
        if len(window) == size:
            out.append(sum(window) / size)
    return out
#: moving_average([2, 4, 6, 8], 2)
#: moving_average([1, 2], 3)
#: moving_average([5, -5, 0.5], 1)


def round_robin_shift(workers, jobs):
    line = deque(workers)
    roster = []
    for job in jobs:
        roster.append((job, line[0]))
        line.rotate(-1)
    return roster, list(line)
#: round_robin_shift(["ann", "bo", "cy"], ["mop", "dust", "wash", "iron"])
#: round_robin_shift(["solo"], ["a", "b"])
#: round_robin_shift([], [])
#: round_robin_shift([], ["a"])


def serve_queue(actions):
    q = deque()
    served = []
    for act in actions:
        match act.split():
            case ["join", name]:
                q.append(name)
            case ["vip", name]:
                q.appendleft(name)
            case ["leave", name]:
                q.remove(name)
            case ["serve"]:
                served.append(q.popleft() if q else None)
    return served, list(q)
#: serve_queue(["join ann", "vip bo", "serve", "join cy", "serve"])
#: serve_queue(["serve", "huh?"])
#: serve_queue(["join a", "join b", "leave a"])
#: serve_queue(["leave ghost"])


def browser_history(pages, backs):
    back, forward = deque(pages[:-1]), deque()
    here = pages[-1]
    for _ in range(backs):
        try:
            previous = back.pop()
        except IndexError:
            break
        forward.appendleft(here)
        here = previous
    return here, list(forward)
#: browser_history(["home", "news", "mail"], 1)
#: browser_history(["home", "news"], 5)
#: browser_history(["x"], 0)
#: browser_history([], 1)


def meets_in_middle(cards):
    pile = deque(cards)
    pairs = []
    while len(pile) > 1:
        pairs.append((pile.popleft(), pile.pop()))
    return pairs, pile[0] if pile else None
#: meets_in_middle([1, 2, 3, 4, 5])
#: meets_in_middle("ab")
#: meets_in_middle(())


def deque_edit(items):
    d = deque(items, 4)
    before = d.copy()
    d.extendleft("xy")
    d.reverse()
    try:
        d.insert(1, "!")
    except IndexError as e:
        return list(before), list(d), str(e)
    return list(before), list(d), d.count("!")
#: deque_edit("ab")
#: deque_edit("abcdef")
#: deque_edit([])
#: deque_edit([1])


class RecentCache:
    def __init__(self, size):
        self.size = size
        self.data = OrderedDict()

    def get(self, key, load):
        if key in self.data:
            self.data.move_to_end(key)
        else:
            self.data[key] = load(key)
            if len(self.data) > self.size:
                self.data.popitem(last=False)
        return self.data[key]


def cached_lengths(words, size=2):
    cache = RecentCache(size)
    loads = []

    def load(w):
        loads.append(w)
        return len(w)

    return [cache.get(w, load) for w in words], loads
#: cached_lengths(["aa", "b", "aa", "ccc", "b"])
#: cached_lengths(["q"] * 3, size=1)
#: cached_lengths([])


def setting_sources(cli, env, defaults):
    settings = ChainMap(cli, env, defaults)
    report = {}
    for key in sorted(settings):
        layer = next(i for i, m in enumerate(settings.maps) if key in m)
        report[key] = f"{settings[key]} ({('cli', 'env', 'default')[layer]})"
    return report
#: setting_sources({"port": 1}, {"port": 2, "host": "h"}, {"debug": False})
#: setting_sources({}, {}, {})
#: setting_sources({"a": None}, {}, {"a": 0})


def scoped_assign(program):
    scope = ChainMap({})
    for step in program:
        if step == "{":
            scope = scope.new_child()
        elif step == "}":
            scope = scope.parents
        else:
            name, _, value = step.partition("=")
            scope[name] = int(value)
    return dict(scope), len(scope.maps)
#: scoped_assign(["x=1", "{", "x=2", "y=3", "}"])
#: scoped_assign(["{", "a=5"])
#: scoped_assign([])
#: scoped_assign(["x=one"])


def chainmap_delete(overrides, defaults, key):
    cm = ChainMap(overrides, defaults)
    try:
        del cm[key]
    except KeyError:
        return cm.get(key, "nowhere")
    return cm.get(key), overrides
#: chainmap_delete({"a": 1}, {"a": 2}, "a")
#: chainmap_delete({}, {"a": 2}, "a")
#: chainmap_delete({"b": 0}, {}, "b")
#: chainmap_delete({}, {}, "z")


def page_through(items, per_page):
    stream = iter(items)
    pages = []
    while page := tuple(islice(stream, per_page)):
        pages.append(page)
    return pages
#: page_through(range(7), 3)
#: page_through("", 2)
#: page_through(["a", "b"], 0)
#: page_through([1, 2], -1)


def price_changes(prices):
    return [f"{b - a:+.2f}" for a, b in pairwise(prices)]
#: price_changes([10, 12.5, 11])
#: price_changes([3])
#: price_changes([])
#: price_changes([1, "2"])


def running_balance(moves, opening=0):
    balances = list(accumulate(moves, initial=opening))
    low = min(balances)
    return balances[-1], low, balances.index(low)
#: running_balance([50, -80, 10])
#: running_balance([], 7)
#: running_balance((-1, -1, 5), opening=1)


def high_water_marks(levels):
    peaks = accumulate(levels, max)
    return [level for level, peak in zip(levels, peaks) if level == peak]
#: high_water_marks([3, 1, 4, 1, 5, 5, 2])
#: high_water_marks([])
#: high_water_marks([-3, -2, -9])


def stripe_rows(rows, colours=("white", "grey")):
    return [f"{row}/{colour}" for row, colour in zip(rows, cycle(colours))]
#: stripe_rows(["a", "b", "c"])
#: stripe_rows(range(5), "RGB")
#: stripe_rows([])
#: stripe_rows(["x"], ())


def side_by_side(left, right, gap=2):
    width = max(map(len, left), default=0) + gap
    lines = []
    for l, r in zip_longest(left, right, fillvalue=""):
        lines.append((l.ljust(width, ".") + r).rstrip("."))
    return lines
#: side_by_side(["one", "three"], ["1", "3", "5"])
#: side_by_side([], ["x"], gap=1)
#: side_by_side(["left"], [])
#: side_by_side(["a"], [1])


def strip_comments_header(lines):
    is_comment = op.methodcaller("startswith", "#")
    header = list(takewhile(is_comment, lines))
    body = list(dropwhile(is_comment, lines))
    return len(header), body
#: strip_comments_header(["# a", "# b", "x = 1", "# late"])
#: strip_comments_header(["y"])
#: strip_comments_header([])
#: strip_comments_header(["#", None])


def total_with_reduce(ops, start=0):
    table = {"+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "//": op.floordiv}
    return reduce(lambda acc, step: table[step[0]](acc, step[1]), ops, start)
#: total_with_reduce([("+", 5), ("*", 3), ("-", 1)])
#: total_with_reduce([], 9)
#: total_with_reduce([("//", 2), ("/", 4)], start=-7)
#: total_with_reduce([("/", 0)], 1)
#: total_with_reduce([("%", 2)], 1)


def compose(*funcs):
    return reduce(lambda f, g: lambda x: g(f(x)), funcs, lambda x: x)


def slug(title, sep="-"):
    clean = compose(str.strip, str.lower, str.split, sep.join)
    return clean(title)
#: slug("  Hello Big  World ")
#: slug("ONE", "_")
#: slug("")
#: slug(404)


def urgent_first(tasks, limit=None):
    heap = []
    for order, (priority, name) in enumerate(tasks):
        heapq.heappush(heap, (-priority, order, name))
    done = []
    while heap and (limit is None or len(done) < limit):
        *_, name = heapq.heappop(heap)
        done.append(name)
    return done
#: urgent_first([(1, "tidy"), (9, "fire"), (9, "leak")])
#: urgent_first([(2, "a"), (5, "b"), (3, "c")], limit=2)
#: urgent_first([], 3)


def merge_logs(*logs):
    merged = heapq.merge(*logs, key=lambda line: line.split(" ", 1)[0])
    return [line for line in merged if not line.endswith("debug")]
#: merge_logs(["09:00 up", "09:30 down"], ["09:10 ping", "09:20 debug"])
#: merge_logs(["b", "a"], ["aa"])
#: merge_logs()


def podium(results, n=3):
    best = heapq.nsmallest(n, results.items(), key=op.itemgetter(1))
    worst = heapq.nlargest(1, results, key=results.get)
    return [f"{i}. {name} {secs:.1f}s" for i, (name, secs) in enumerate(best, 1)], worst
#: podium({"ann": 61.25, "bo": 59.9, "cy": 70, "di": 60})
#: podium({"x": 1}, n=1)
#: podium({})
#: podium({"a": 1, "b": "2"})


def rope_cost(pieces):
    heap = list(pieces)
    heapq.heapify(heap)
    cost = 0
    while len(heap) > 1:
        a = heapq.heappop(heap)
        joined = a + heap[0]
        heapq.heapreplace(heap, joined)
        cost += joined
    return cost, heap
#: rope_cost([4, 3, 2, 6])
#: rope_cost([5])
#: rope_cost([])
#: rope_cost([1, 1, 1])


def simulate_events(events, until):
    pending = [(t, i, what) for i, (t, what) in enumerate(events)]
    heapq.heapify(pending)
    log, count = [], it.count(len(pending))
    while pending and pending[0][0] <= until:
        t, _, what = heapq.heappop(pending)
        log.append(f"{t}:{what}")
        if what.endswith("*"):
            heapq.heappush(pending, (t + 3, next(count), what))
    return log, len(pending)
#: simulate_events([(2, "open"), (1, "tick*"), (9, "close")], 7)
#: simulate_events([], 10)
#: simulate_events([(5, "b"), (5, "a")], 5)


def make_logger(level):
    prefix = partial("{1}[{0}] {2}".format, level.upper())
    stamp = it.count(10, 5)
    return lambda msg: prefix(next(stamp), msg)


def log_all(level, messages):
    log = make_logger(level)
    lines = [log(m) for m in messages]
    return lines[::-1] or "nothing logged"
#: log_all("warn", ["disk low", "disk full"])
#: log_all("info", [])
#: log_all("ß", [None, 0.5])
#: log_all(None, ["x"])


def stair_ways(n):
    @lru_cache(maxsize=None)
    def ways(left):
        if left <= 0:
            return int(left == 0)
        return ways(left - 1) + ways(left - 3)

    total = ways(n)
    info = ways.cache_info()
    return total, info.hits, info.misses
#: stair_ways(6)
#: stair_ways(0)
#: stair_ways(-2)


def expand_macro(macros, name):
    @cache
    def expand(word):
        if word not in macros:
            return word
        return " ".join(map(expand, macros[word].split()))

    try:
        return expand(name)
    except AttributeError as e:
        return f"bad macro: {e.name}"
#: expand_macro({"hi": "hello you", "you": "dear friend"}, "hi")
#: expand_macro({}, "plain")
#: expand_macro({"a": "", "b": "a x a"}, "b")
#: expand_macro({"n": 3}, "n")


def show_value(value):
    @singledispatch
    def show(x):
        return repr(x)

    @show.register
    def _(x: int):
        return f"{x:,}"

    @show.register(list)
    @show.register(tuple)
    def _(x):
        return "; ".join(map(show, x))

    return show(value)
#: show_value([1234567, "a", (True, 2.5)])
#: show_value({"k": 1})
#: show_value(-1000)
#: show_value([])


def twice(fn):
    @functools.wraps(fn)
    def inner(*args, **kwargs):
        return fn(*args, **kwargs), fn(*args, **kwargs)
    inner.runs = 2
    return inner


def echo_calls(word, punct="!"):
    history = []

    @twice
    def shout(w, end="."):
        history.append(len(history))
        return w.upper() + end * len(history)

    result = shout(word, end=punct)
    return result, shout.__name__, shout.runs, history
#: echo_calls("hey")
#: echo_calls("", punct="?")
#: echo_calls("straße", "")
#: echo_calls(5)


def sort_naturally(names):
    def compare(a, b):
        if a[0].isdigit() != b[0].isdigit():
            return 1 if a[0].isdigit() else -1
        return (len(a) - len(b)) or (a > b) - (a < b)
    return sorted(names, key=cmp_to_key(compare))
#: sort_naturally(["b10", "b2", "9a", "a10", "c"])
#: sort_naturally(["x"])
#: sort_naturally([])
#: sort_naturally(["ok", ""])


def grade_for(score, cuts=(50, 65, 80), grades="FCBA"):
    return grades[bisect.bisect(cuts, score)]
#: grade_for(79)
#: grade_for(80)
#: grade_for(-3)
#: grade_for(10, cuts=[10], grades=["low"])


def insert_bids(book, bids, depth=4):
    for bid in bids:
        spot = bisect.bisect_left(book, bid)
        if spot < len(book) and book[spot] == bid:
            continue
        book.insert(spot, bid)
        del book[:-depth]
    return book
#: insert_bids([10, 20], [15, 20, 5, 30])
#: insert_bids([], [1])
#: insert_bids([1, 2, 3, 4], [0], depth=2)
#: insert_bids([1], ["2"])


def pick_columns(rows, *cols):
    getter = op.itemgetter(*cols)
    return list(map(getter, rows))
#: pick_columns([("a", 1, True), ("b", 2, False)], 0, 2)
#: pick_columns([{"x": 1, "y": 2}], "y")
#: pick_columns(["hello", "world"], slice(1, 3), -1)
#: pick_columns([(1,)], 4)


def attribute_dates(days):
    parsed = [date.fromisoformat(d) for d in days]
    parsed.sort(key=op.attrgetter("month", "day"))
    return [f"{d:%d %b}" for d in parsed]
#: attribute_dates(["2021-05-02", "1999-01-30", "2024-05-01"])
#: attribute_dates([])
#: attribute_dates(["2023-02-29"])
#: attribute_dates(["2024-02-29"])


def menu_combos(starters, mains, budget):
    combos = []
    for (s, ps), (m, pm) in it.product(starters.items(), mains.items()):
        if ps + pm > budget:
            continue
        combos.append(f"{s}+{m}")
    return combos
#: menu_combos({"soup": 4, "salad": 6}, {"pie": 9, "steak": 15}, 15)
#: menu_combos({}, {"pie": 1}, 100)
#: menu_combos({"tea": 1}, {"cake": 2}, budget=0)


def seating_orders(guests, apart):
    a, b = apart
    good = (p for p in it.permutations(guests) if abs(p.index(a) - p.index(b)) > 1)
    first = next(good, None)
    return first, 1 + sum(1 for _ in good) if first else 0
#: seating_orders("abc", ("a", "b"))
#: seating_orders(["x", "y"], ("x", "y"))
#: seating_orders([1, 2, 3], (1, 9))


def compress_fields(values, mask):
    keep = [c == "1" for c in mask]
    kept = list(it.compress(values, keep))
    dropped = list(it.filterfalse(lambda v: v in kept, values))
    return kept, dropped
#: compress_fields(["a", "b", "c", "d"], "1010")
#: compress_fields([1, 2, 3], "01")
#: compress_fields([], "111")
#: compress_fields([5, 5], "10")


def backoff_delays(tries, base=1, cap=30):
    doubling = it.accumulate(it.repeat(2, tries - 1), op.mul, initial=base) if tries > 0 else ()
    return [min(d, cap) for d in doubling]
#: backoff_delays(6)
#: backoff_delays(3, base=0.5, cap=1.5)
#: backoff_delays(0)
#: backoff_delays(1, 99)


def apply_pairs(pairs):
    return list(it.starmap(pow, pairs)), list(it.starmap(lambda *a: len(a), pairs))
#: apply_pairs([(2, 5), (3, 2), (10, -1)])
#: apply_pairs([(7, 2, 5)])
#: apply_pairs([])
#: apply_pairs([(0, -1)])


def group_runs(readings, limit):
    runs = []
    for hot, chunk in it.groupby(readings, key=partial(op.le, limit)):
        chunk = list(chunk)
        runs.append(("hot" if hot else "ok", len(chunk), max(chunk)))
    return runs
#: group_runs([20, 22, 31, 35, 18], 30)
#: group_runs([], 5)
#: group_runs([1, 1, 1], limit=1)
#: group_runs([3, None], 2)


def tee_compare(gen_size):
    squares = (n * n for n in range(gen_size))
    a, b = it.tee(squares)
    next(b, None)
    gaps = [y - x for x, y in zip(a, b)]
    return gaps, list(squares)
#: tee_compare(5)
#: tee_compare(1)
#: tee_compare(0)


def flatten_once(parts, extra=None):
    flat = chain.from_iterable(parts)
    if extra is not None:
        flat = chain(flat, extra)
    return list(flat)
#: flatten_once([[1, 2], (3,), "ab"])
#: flatten_once([], extra={"k": 1})
#: flatten_once([range(2)], [])
#: flatten_once([[1], 2])


class LowerDict(UserDict):
    def __setitem__(self, key, item):
        super().__setitem__(key.lower(), item)

    def __missing__(self, key):
        low = key.lower()
        if low == key:
            raise KeyError(key)
        return self[low]


def header_lookup(headers, *wanted):
    box = LowerDict(headers)
    found = []
    for w in wanted:
        try:
            found.append(box[w])
        except KeyError:
            found.append(None)
    return found, sorted(box)
#: header_lookup({"Content-Type": "text/css"}, "CONTENT-TYPE", "etag")
#: header_lookup({"A": 1, "a": 2}, "A")
#: header_lookup({})
#: header_lookup({1: "x"}, "y")


def ordered_equal(a, b):
    x, y = OrderedDict(a), OrderedDict(b)
    return x == y, dict(x) == dict(y), list(reversed(x))
#: ordered_equal([("a", 1), ("b", 2)], [("b", 2), ("a", 1)])
#: ordered_equal({}, {})
#: ordered_equal([("k", 1), ("k", 2)], {"k": 2})
#: ordered_equal([("a",)], [])


def every_nth_day(start, step, count):
    day = date.fromisoformat(start)
    days = it.takewhile(lambda d: d.year == day.year, (day + timedelta(i) for i in it.count(0, step)))
    return [d.strftime("%m/%d") for d in islice(days, count)]
#: every_nth_day("2024-02-27", 2, 3)
#: every_nth_day("2023-12-30", 1, 10)
#: every_nth_day("2024-01-01", 7, 0)
#: every_nth_day("2024-13-01", 1, 1)


def invoice_total(lines, discount="0"):
    gross = sum((Decimal(price) * qty for price, qty in lines), start=Decimal(0))
    net = gross * (1 - Decimal(discount) / 100)
    return str(net.quantize(Decimal("0.01"))), gross.is_zero()
#: invoice_total([("19.99", 2), ("0.05", 3)])
#: invoice_total([("10", 1)], discount="12.5")
#: invoice_total([])
#: invoice_total([("0.333", -1)])


def interleave(*streams):
    active = deque(map(iter, streams))
    out = []
    while active:
        s = active.popleft()
        for item in s:
            out.append(item)
            active.append(s)
            break
    return out
#: interleave("abc", [1], (True, None))
#: interleave()
#: interleave([], "xy")


def undo_redo(edits, limit=3):
    undo, redo, text = deque(maxlen=limit), [], ""
    for e in edits:
        if e == "<" and undo:
            redo.append(text)
            text = undo.pop()
        elif e == ">" and redo:
            undo.append(text)
            text = redo.pop()
        elif e not in "<>":
            undo.append(text)
            redo.clear()
            text += e
    return text, len(undo), len(redo)
#: undo_redo(["a", "b", "<", "c", "<", ">"])
#: undo_redo(["<", ">", "x"])
#: undo_redo("abcde<<<<", limit=2)
#: undo_redo([])


def sliding_passwords(log, tries=3, span=10):
    recent, locked = {}, []
    for user, t in log:
        times = recent.setdefault(user, deque())
        times.append(t)
        while t - times[0] > span:
            times.popleft()
        if len(times) >= tries and user not in locked:
            locked.append(user)
    return locked, {u: list(q) for u, q in recent.items()}
#: sliding_passwords([("eve", 1), ("ann", 2), ("eve", 4), ("eve", 9)])
#: sliding_passwords([("bo", 0), ("bo", 20), ("bo", 31)], tries=2)
#: sliding_passwords([])


def best_by(items, *keys, biggest=True):
    if not items:
        raise ValueError("nothing to choose from")
    choose = max if biggest else min
    return choose(items, key=lambda item: tuple(k(item) for k in keys))
#: best_by(["pear", "fig", "plum"], len, str.lower)
#: best_by([-3, 2, 3], abs, op.neg, biggest=False)
#: best_by([], len)
#: best_by([(1, 2), (2, 1)])
