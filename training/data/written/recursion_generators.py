"""Recursion, closures, nonlocal, generators, yield from, memoisation and higher-order functions."""
import operator
from functools import cache, lru_cache, partial, reduce, wraps
from itertools import accumulate, chain, count, islice, takewhile, tee


def folder_size(tree):
    if isinstance(tree, int):
        return tree
    total = 0
    for entry in tree.values():
        total += folder_size(entry)
    return total
#: folder_size({"src": {"a.py": 120, "b.py": 80}, "README": 40})
#: folder_size(7)
#: folder_size({})
#: folder_size({"bad": "text"})


def make_tally():
    counts = {}

    def add(word, n=1):
        counts[word] = counts.get(word, 0) + n
        return counts[word]

    return add, counts


def tally_votes(votes, double=()):
    add, counts = make_tally()
    for v in votes:
        add(v, 2 if v in double else 1)
    return counts
#: tally_votes(["tea", "coffee", "tea"])
#: tally_votes(["a", "b", "a"], double=("a",))
#: tally_votes([])


def batches(items, size):
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def send_in_batches(addresses, size=2):
    sent = []
    for number, group in enumerate(batches(addresses, size), start=1):
        sent.append(f"#{number}: {', '.join(group)}")
    return sent
#: send_in_batches(["a@x", "b@x", "c@x"])
#: send_in_batches(["a@x", "b@x", "c@x"], size=5)
#: send_in_batches([])


def outline(items, level=0):
    lines = []
    for item in items:
        if isinstance(item, list):
            lines.extend(outline(item, level + 1))
        else:
            lines.append("  " * level + "- " + item)
    return lines
#: outline(["intro", ["why", "how"], "end"])
#: outline([["deep", ["deeper"]]])
#: outline([])
#: outline(["x", 3])


def running_average():
    total = n = 0
    avg = None
    while True:
        value = yield avg
        total += value
        n += 1
        avg = total / n


def smooth(values):
    averager = running_average()
    next(averager)
    return [round(averager.send(v), 2) for v in values]
#: smooth([10, 20, 60])
#: smooth([])
#: smooth([1, 2, "x"])
#: smooth([-1.5, 1.5])


def numbered_lines(text, width=3):
    def gen():
        for i, line in enumerate(text.splitlines(), 1):
            yield f"{i:>{width}} {line}"

    return "\n".join(gen())
#: numbered_lines("first\nsecond")
#: numbered_lines("x", width=1)
#: numbered_lines("")


def count_calls(events):
    calls = 0

    def on_event(name):
        nonlocal calls
        if name.startswith("_"):
            return
        calls += 1

    for e in events:
        on_event(e)
    return calls
#: count_calls(["open", "_tick", "close"])
#: count_calls([])
#: count_calls(("_", "__x", "y"))


def compose(*funcs):
    def run(x):
        for f in funcs:
            x = f(x)
        return x
    return run


def slug(title):
    pipeline = compose(str.strip, str.lower, lambda s: s.replace(" ", "-"), lambda s: s[:12])
    return pipeline(title)
#: slug("  Hello Big World ")
#: slug("A very long headline here")
#: slug("")
#: slug(404)


def walk_tree(node):
    yield node["name"]
    for child in node.get("children", []):
        yield from walk_tree(child)


def find_names(tree, letter):
    return [name for name in walk_tree(tree) if letter in name]
#: find_names({"name": "root", "children": [{"name": "bar"}, {"name": "foo"}]}, "o")
#: find_names({"name": "x"}, "y")
#: find_names({"children": []}, "a")
#: find_names({"name": "a", "children": [{"name": "ab", "children": [{"name": "abc"}]}]}, "b")


def evaluate(expr, env):
    if isinstance(expr, str):
        return env[expr]
    if isinstance(expr, (int, float)):
        return expr
    op, *args = expr
    values = [evaluate(a, env) for a in args]
    return reduce({"+": operator.add, "-": operator.sub, "*": operator.mul}[op], values)
#: evaluate(("+", 1, ("*", "x", 3)), {"x": 4})
#: evaluate("pi", {"pi": 3.14})
#: evaluate(("-", 10, "a", "b"), {"a": 2, "b": 3})
#: evaluate(("+", "y", 1), {})


def take_while_open(gates):
    opened = list(takewhile(lambda g: g[1], gates.items()))
    return [name for name, _ in opened]
#: take_while_open({"north": True, "east": 1, "south": 0, "west": True})
#: take_while_open({})
#: take_while_open({"a": False})


def make_multiplier(factor, offset=0):
    return lambda x: x * factor + offset


def scale_all(values, factors):
    scalers = [make_multiplier(f) for f in factors]
    scalers.append(make_multiplier(0, offset=1))
    return [[scale(v) for scale in scalers] for v in values]
#: scale_all([1, 2], [10, -1])
#: scale_all(["ab"], [2])
#: scale_all([], [3])
#: scale_all([0.5], [])


def late_binding(n):
    late = [lambda: i for i in range(n)]
    early = [lambda i=i: i for i in range(n)]
    return [f() for f in late], [f() for f in early]
#: late_binding(3)
#: late_binding(1)
#: late_binding(0)


def memo_prices(orders, prices):
    looked_up = []
    memo = {}

    def price(sku):
        if sku not in memo:
            looked_up.append(sku)
            memo[sku] = prices[sku]
        return memo[sku]

    total = sum(price(sku) * qty for sku, qty in orders)
    return total, looked_up
#: memo_prices([("pen", 2), ("cup", 1), ("pen", 3)], {"pen": 5, "cup": 12})
#: memo_prices([], {})
#: memo_prices([("hat", 1)], {"cap": 9})


def logged(func):
    @wraps(func)
    def wrapper(*args, **kwargs):
        result = func(*args, **kwargs)
        print(func.__name__, args, kwargs, "->", result)
        return result
    return wrapper


@logged
def discount(price, percent=10):
    return round(price * (100 - percent) / 100, 2)
#: discount(50)
#: discount(19.99, percent=25)
#: discount("50")
#: discount(0, 5)


def repeat_until_stable(text, rules):
    def apply(s, left=10):
        new = s
        for old, repl in rules:
            new = new.replace(old, repl)
        return s if new == s or left == 0 else apply(new, left - 1)

    return apply(text)
#: repeat_until_stable("a....b", [("..", ".")])
#: repeat_until_stable("xyxy", [("xy", "")])
#: repeat_until_stable("ab", [("a", "b"), ("b", "a")])
#: repeat_until_stable("", [])


def page_tokens(total, size):
    start = 0
    while start < total:
        end = min(start + size, total)
        got = yield (start, end)
        start = got if got is not None else end


def fetch_pages(total, size, jump_to=None):
    gen = page_tokens(total, size)
    pages = [next(gen)]
    if jump_to is not None:
        pages.append(gen.send(jump_to))
    pages.extend(gen)
    return pages
#: fetch_pages(10, 4)
#: fetch_pages(10, 3, jump_to=7)
#: fetch_pages(0, 5)
#: fetch_pages(5, 2, 100)


def depth_of(data):
    if isinstance(data, dict):
        data = data.values()
    elif not isinstance(data, (list, tuple)):
        return 0
    return 1 + max(map(depth_of, data), default=0)
#: depth_of([1, [2, [3]]])
#: depth_of({"a": {"b": (1,)}, "c": 2})
#: depth_of([])
#: depth_of("text")


def retry_with(func_name, inputs):
    attempts = []

    def attempt(value, rest):
        try:
            attempts.append(value)
            return {"int": int, "float": float}[func_name](value)
        except ValueError:
            if not rest:
                raise
            return attempt(rest[0], rest[1:])

    return attempt(inputs[0], inputs[1:]), len(attempts)
#: retry_with("int", ["a", "2.5", "9"])
#: retry_with("float", ["1e2"])
#: retry_with("int", ["x", "y"])
#: retry_with("bool", ["1"])


def interleave(*streams):
    iterators = [iter(s) for s in streams]
    while iterators:
        for it in list(iterators):
            try:
                yield next(it)
            except StopIteration:
                iterators.remove(it)


def merge_feeds(a, b, c=()):
    return list(interleave(a, b, c))
#: merge_feeds([1, 2, 3], "xy")
#: merge_feeds([], [])
#: merge_feeds("a", (5, 6), range(3))


def account(balance):
    def deposit(n):
        nonlocal balance
        balance += n
        return balance

    def withdraw(n):
        nonlocal balance
        if n > balance:
            raise ValueError("insufficient funds")
        balance -= n
        return balance

    return {"deposit": deposit, "withdraw": withdraw}


def run_account(start, moves):
    acc = account(start)
    return [acc[name](amount) for name, amount in moves]
#: run_account(100, [("deposit", 50), ("withdraw", 120)])
#: run_account(0, [])
#: run_account(10, [("withdraw", 11)])
#: run_account(5, [("close", 0)])


def path_to(tree, target, trail=()):
    for key, sub in tree.items():
        here = trail + (key,)
        if key == target:
            return "/".join(here)
        found = path_to(sub, target, here)
        if found:
            return found
    return ""
#: path_to({"home": {"ann": {"docs": {}}, "bo": {}}}, "bo")
#: path_to({"etc": {}}, "var")
#: path_to({}, "x")
#: path_to({"a": {"b": {"c": {}}}}, "c")


def bounded_counter(start, stop, step=1):
    n = start
    try:
        while n != stop:
            yield n
            n += step
    finally:
        print("counter closed at", n)


def first_over(limit, step):
    counter = bounded_counter(0, 20, step)
    for n in counter:
        if n > limit:
            counter.close()
            return n
    return None
#: first_over(5, 2)
#: first_over(50, 5)
#: first_over(-1, 1)


def curry_volume(length):
    def with_width(width):
        def with_height(height):
            return length * width * height
        return with_height
    return with_width


def box_volumes(l, ws, h):
    by_width = curry_volume(l)
    return {w: by_width(w)(h) for w in ws}
#: box_volumes(2, [3, 4], 5)
#: box_volumes(1, [], 1)
#: box_volumes(0.5, [2, 2, 8], 1)


def count_leaves(node, kind=None):
    """Count the leaves of a nested tuple, maybe of one type only."""
    if not isinstance(node, tuple):
        return int(kind is None or isinstance(node, kind))
    return sum(count_leaves(child, kind) for child in node)
#: count_leaves((1, (2, "x"), ()))
#: count_leaves((1, ("a", ("b", 2.0))), str)
#: count_leaves("alone")
#: count_leaves((), int)


def pipeline_total(lines):
    stripped = (line.strip() for line in lines)
    rows = (line.split(",") for line in stripped if line)
    amounts = (int(r[1]) for r in rows if r[0] != "skip")
    return sum(amounts)
#: pipeline_total(["tea,3", " cake,12 ", "", "skip,x"])
#: pipeline_total([])
#: pipeline_total(["one,1", "two"])


def debounce(times, gap):
    last = None

    def ready(t):
        nonlocal last
        ok = last is None or t - last >= gap
        if ok:
            last = t
        return ok

    return list(filter(ready, times))
#: debounce([0, 3, 5, 11, 12, 30], 5)
#: debounce([], 1)
#: debounce([4, 4, 4], 0)
#: debounce([10, 2, 15], 5)


def render(node, indent=0):
    pad = " " * indent
    match node:
        case {"tag": tag, "body": [*body]}:
            inner = "\n".join(render(b, indent + 2) for b in body)
            return f"{pad}<{tag}>\n{inner}\n{pad}</{tag}>" if body else f"{pad}<{tag}/>"
        case str():
            return pad + node
        case _:
            raise TypeError(f"cannot render {node!r}")
#: render({"tag": "p", "body": ["hi", {"tag": "br", "body": []}]})
#: render("plain", 4)
#: render({"tag": "ul", "body": [{"tag": "li", "body": ["a"]}]})
#: render({"tag": "p", "body": [None]})


def ids(prefix, start=1):
    for n in count(start):
        yield f"{prefix}{n:03d}"


def label_tasks(tasks, prefix="T", skip=0):
    source = islice(ids(prefix), skip, None)
    return dict(zip(source, tasks))
#: label_tasks(["wash", "dry"])
#: label_tasks(["a"], prefix="job-", skip=41)
#: label_tasks([])


def apply_twice_each(values, name):
    table = {"upper": str.upper, "double": lambda s: s * 2, "tail": operator.itemgetter(slice(1, None))}
    f = table.get(name, lambda s: s)
    return [*map(f, map(f, values))]
#: apply_twice_each(["ab", "c"], "double")
#: apply_twice_each(["hello", "x"], "tail")
#: apply_twice_each(["ok"], "nothing")
#: apply_twice_each([1], "upper")


def resolve(name, packages, seen=None):
    seen = [] if seen is None else seen
    if name in seen:
        return seen
    for dep in packages[name]:
        resolve(dep, packages, seen)
    seen.append(name)
    return seen
#: resolve("app", {"app": ["web", "db"], "web": ["log"], "db": ["log"], "log": []})
#: resolve("log", {"log": []})
#: resolve("a", {"a": ["b"]})
#: resolve("x", {"x": ["y", "y"], "y": []})


def windows(seq, n):
    it = iter(seq)
    window = tuple(islice(it, n))
    if len(window) == n:
        yield window
    for x in it:
        window = window[1:] + (x,)
        yield window


def trend(prices, n=3):
    signs = ""
    for w in windows(prices, n):
        signs += "+" if w[-1] > w[0] else "-" if w[-1] < w[0] else "="
    return signs
#: trend([3, 4, 5, 4, 3, 3])
#: trend([1, 1], n=2)
#: trend([9])
#: trend([], 1)


def chain_reaction(tree, start):
    hit = [start]

    def knock(name):
        for nxt in tree.get(name, ""):
            if nxt not in hit:
                hit.append(nxt)
                knock(nxt)

    knock(start)
    return "".join(hit)
#: chain_reaction({"a": "bc", "b": "d", "c": "d"}, "a")
#: chain_reaction({}, "q")
#: chain_reaction({"x": "y", "y": "x"}, "y")


def spend(budget, costs):
    left = accumulate(costs, operator.sub, initial=budget)
    return [x for x in left if x >= 0]
#: spend(100, [30, 50, 40, 5])
#: spend(0, [])
#: spend(-1, [2])
#: spend(10, [5, -5, "x"])


def read_pairs(tokens):
    def pull():
        try:
            return next(it)
        except StopIteration:
            raise EOFError("key without value") from None

    it = iter(tokens)
    result = {}
    for key in it:
        result[key] = pull()
    return result
#: read_pairs(["a", 1, "b", 2])
#: read_pairs([])
#: read_pairs(["a", 1, "b"])


def stages():
    """A small coroutine that says what it got."""
    name = yield "name?"
    age = yield f"age of {name}?"
    return f"{name} is {age}"


def drive(answers):
    g = stages()
    prompts = [next(g)]
    for a in answers:
        try:
            prompts.append(g.send(a))
        except StopIteration as done:
            return prompts, done.value
    return prompts, None
#: drive(["Mia", 30])
#: drive(["Mia"])
#: drive([])
#: drive(["Bo", 7, "extra"])


def sub_report(rows):
    total = 0
    for label, n in rows:
        yield f"{label}: {n}"
        total += n
    return total


def report(groups):
    def lines():
        grand = 0
        for title, rows in groups.items():
            yield title.upper()
            grand += yield from sub_report(rows)
        yield f"sum {grand}"

    return " | ".join(lines())
#: report({"fruit": [("apple", 3), ("fig", 9)], "veg": [("kale", 1)]})
#: report({})
#: report({"none": []})
#: report({"bad": [("x", "y")]})


def sort_by(records, *keys):
    for key in reversed(keys):
        desc = key.startswith("-")
        records = sorted(records, key=operator.itemgetter(key.lstrip("-")), reverse=desc)
    return [r["id"] for r in records]
#: sort_by([{"id": 1, "n": 5, "c": "b"}, {"id": 2, "n": 5, "c": "a"}, {"id": 3, "n": 9, "c": "c"}], "-n", "c")
#: sort_by([{"id": 4}, {"id": 2}], "id")
#: sort_by([], "x")
#: sort_by([{"id": 1}], "name")


def make_cache(limit):
    store = {}

    def lookup(key, compute):
        if key in store:
            store[key] = store.pop(key)
            return store[key], "hit"
        if len(store) >= limit:
            del store[next(iter(store))]
        store[key] = compute(key)
        return store[key], "miss"

    return lookup


def square_with_cache(numbers, limit=2):
    lookup = make_cache(limit)
    return [lookup(n, lambda k: k * k)[1] for n in numbers]
#: square_with_cache([1, 2, 1, 3, 2])
#: square_with_cache([5, 5], limit=1)
#: square_with_cache([])


def expand_ranges(spec):
    for part in spec.split(","):
        lo, dash, hi = part.strip().partition("-")
        if dash:
            yield from range(int(lo), int(hi) + 1)
        else:
            yield int(lo)


def pages_to_print(spec, last):
    pages = sorted(set(expand_ranges(spec)))
    return [p for p in pages if p <= last]
#: pages_to_print("1-3, 7, 5-6", 6)
#: pages_to_print("2", 1)
#: pages_to_print("4-2", 9)
#: pages_to_print("a-c", 5)


def merge_config(base, extra):
    merged = {**base}
    for k in extra:
        if isinstance(merged.get(k), dict) and isinstance(extra[k], dict):
            merged[k] = merge_config(merged[k], extra[k])
        else:
            merged[k] = extra[k]
    return merged
#: merge_config({"db": {"host": "a", "port": 1}, "v": 1}, {"db": {"port": 2}, "w": 3})
#: merge_config({}, {"x": {}})
#: merge_config({"x": {"y": 1}}, {"x": None})


def pairwise_gaps(stamps):
    first, second = tee(stamps)
    next(second, None)
    return [b - a for a, b in zip(first, second)]
#: pairwise_gaps([3, 10, 12])
#: pairwise_gaps([1])
#: pairwise_gaps([])
#: pairwise_gaps([2.5, 0])


def on_error(default, *kinds):
    def decorate(func):
        def safe(*args):
            try:
                return func(*args)
            except (kinds or Exception):
                return default
        return safe
    return decorate


def ratio_table(pairs):
    @on_error("-", ZeroDivisionError)
    def ratio(a, b):
        return f"{a / b:.2f}"

    return [ratio(*p) for p in pairs]
#: ratio_table([(1, 2), (5, 0), (-3, 4)])
#: ratio_table([])
#: ratio_table([("1", 2)])
#: ratio_table([(1,)])


def tree_from_paths(paths):
    root = {}

    def insert(node, parts):
        if not parts:
            return
        head, *tail = parts
        insert(node.setdefault(head, {}), tail)

    for p in paths:
        insert(root, p.strip("/").split("/"))
    return root
#: tree_from_paths(["a/b", "a/c", "d"])
#: tree_from_paths(["/x/y/z/"])
#: tree_from_paths([])
#: tree_from_paths(["m", "m/n"])


def power_levels(base, *, up_to):
    raise_base = partial(pow, base)
    levels = takewhile(lambda v: v <= up_to, map(raise_base, count()))
    return list(levels)
#: power_levels(3, up_to=100)
#: power_levels(10, up_to=0)
#: power_levels(2, up_to=16)


def zigzag(rows):
    def gen():
        for i, row in enumerate(rows):
            yield from row if i % 2 == 0 else reversed(row)

    return list(gen())
#: zigzag([[1, 2, 3], [4, 5, 6], [7, 8]])
#: zigzag(["ab", "cd"])
#: zigzag([])
#: zigzag([[1], None, [2]])


def filters_for(query):
    tests = []
    if "min" in query:
        tests.append(lambda p: p["price"] >= query["min"])
    if "max" in query:
        tests.append(lambda p: p["price"] <= query["max"])
    if text := query.get("text"):
        tests.append(lambda p: text in p["name"])
    return lambda p: all(t(p) for t in tests)


def search_products(products, **query):
    matches = filters_for(query)
    return [p["name"] for p in products if matches(p)]
#: search_products([{"name": "mug", "price": 8}, {"name": "jug", "price": 20}], max=10)
#: search_products([{"name": "mug", "price": 8}, {"name": "jug", "price": 20}], text="ug", min=9)
#: search_products([{"name": "mug"}], min=1)
#: search_products([{"name": "mug"}])
#: search_products([])


def all_prefixes(words):
    def prefixes(w):
        for n in range(1, len(w) + 1):
            yield w[:n]

    unique = dict.fromkeys(chain.from_iterable(map(prefixes, words)))
    return list(unique)
#: all_prefixes(["car", "cat"])
#: all_prefixes([])
#: all_prefixes(["", "é"])


@lru_cache(maxsize=None)
def late_fee(days, member=False):
    if days <= 0:
        return 0
    if days > 7 and member:
        return late_fee(7, member)
    rate = 2 if days <= 3 else 5
    return rate + late_fee(days - 1, member)
#: late_fee(5)
#: late_fee(20, member=True)
#: late_fee(0)
#: late_fee([3])


@cache
def _stock_level(week):
    if week == 0:
        return 40
    sold = 15 if week % 3 == 0 else 8
    return _stock_level(week - 1) - sold + (30 if week % 4 == 0 else 0)


def stock_report(weeks):
    return {f"w{w}": _stock_level(w) for w in weeks}
#: stock_report([1, 2])
#: stock_report([6, 3, 0])
#: stock_report([])
#: stock_report([4, 4])


def ping_pong(rounds, miss_at=None):
    log = []

    def ping(k):
        log.append(f"ping{k}")
        return k == rounds or pong(k + 1)

    def pong(k):
        if k == miss_at:
            return False
        log.append(f"pong{k}")
        return ping(k + 1) if k < rounds else True

    return ping(1), log
#: ping_pong(3)
#: ping_pong(6, miss_at=4)
#: ping_pong(1)
