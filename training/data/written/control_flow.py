"""Nested conditions, match statements, early returns, state machines, for/else, while/else and continue."""
from collections import deque
from itertools import count, cycle, groupby


def shipping_cost(weight, country, express=False):
    if weight <= 0:
        return 0
    if country == "SE":
        cost = 49 if weight < 2 else 79
    elif country in ("NO", "DK", "FI"):
        cost = 99
        if weight > 5:
            cost += 10 * (weight - 5)
    else:
        return -1 if express else 199
    return cost * 2 if express else cost
#: shipping_cost(1, "SE")
#: shipping_cost(8, "DK", express=True)
#: shipping_cost(3, "BR", True)
#: shipping_cost(0, "SE")
#: shipping_cost(2.5, "FI")


def run_command(cmd):
    match cmd.split():
        case []:
            return "nothing"
        case ["go", ("north" | "south" | "east" | "west") as way]:
            return f"walk {way}"
        case ["go", *rest]:
            return f"cannot go {' '.join(rest) or 'nowhere'}"
        case ["take", n, thing] if n.isdigit():
            return f"take {int(n)} x {thing}"
        case ["take", thing]:
            return "take " + thing
        case [verb, *_]:
            return f"don't know how to {verb}"
#: run_command("go north")
#: run_command("go up the hill")
#: run_command("take 3 apples")
#: run_command("  ")
#: run_command("dance wildly now")


def traffic_light(ticks):
    state, left = "green", 3
    history = []
    for _ in range(ticks):
        history.append(state[0])
        left -= 1
        if left == 0:
            if state == "green":
                state, left = "yellow", 1
            elif state == "yellow":
                state, left = "red", 2
            else:
                state, left = "green", 3
    return "".join(history)
#: traffic_light(7)
#: traffic_light(1)
#: traffic_light(0)
#: traffic_light(12)


def find_free_slot(busy, start, end):
    for hour in range(start, end):
        if hour in busy:
            continue
        break
    else:
        return None
    return f"{hour:02d}:00"
#: find_free_slot([8, 9, 11], 8, 17)
#: find_free_slot([8, 9], 8, 10)
#: find_free_slot([], 7, 8)
#: find_free_slot({12}, 12, 12)


def tokenize_quotes(line):
    tokens, current, state = [], "", "plain"
    for ch in line:
        if state == "plain":
            if ch == '"':
                state = "quoted"
            elif ch == " ":
                if current:
                    tokens.append(current)
                current = ""
            else:
                current += ch
        elif ch == '"':
            state = "plain"
        else:
            current += ch
    if state == "quoted":
        raise SyntaxError("unterminated quote")
    return tokens + [current] if current else tokens
#: tokenize_quotes('say "hi you" now')
#: tokenize_quotes('a  b')
#: tokenize_quotes('a"b c')
#: tokenize_quotes("")


def describe_event(event):
    match event:
        case {"type": "click", "x": x, "y": y}:
            return f"click at {x},{y}"
        case {"type": "key", "code": int(code), **extra}:
            mods = "+".join(sorted(k for k, on in extra.items() if on))
            return f"key {code} {mods}".rstrip()
        case {"type": str(kind)}:
            return f"other: {kind}"
        case None:
            return "no event"
        case _:
            raise ValueError("not an event")
#: describe_event({"type": "click", "x": 4, "y": 7, "button": 1})
#: describe_event({"type": "key", "code": 65, "shift": True, "ctrl": True, "alt": False})
#: describe_event({"type": "key", "code": "A"})
#: describe_event([1, 2])
#: describe_event(None)


def skip_comments(lines):
    inside = False
    kept = []
    for line in lines:
        if line.startswith("/*"):
            inside = True
        if inside:
            if line.rstrip().endswith("*/"):
                inside = False
            continue
        if not line.strip() or line.lstrip().startswith("//"):
            continue
        kept.append(line)
    return kept
#: skip_comments(["a = 1", "// note", "", "b = 2"])
#: skip_comments(["/* start", "x", "end */", "y"])
#: skip_comments(["/* one line */", "z", "/* open", "lost"])
#: skip_comments([])


def vending(coins, price):
    state = "idle"
    credit = 0
    for c in coins:
        match state, c:
            case _, "refund":
                return ("refund", credit)
            case "idle" | "paying", int():
                credit += c
                state = "ready" if credit >= price else "paying"
            case "ready", "press":
                return ("vend", credit - price)
            case "ready", int(extra):
                credit += extra
            case _:
                print("beep")
    return (state, credit)
#: vending([10, 10, "press", 5, "press"], 25)
#: vending([50, "press"], 30)
#: vending([5, "refund"], 20)
#: vending([], 10)
#: vending([20, 20], 20)


def allowed(user, action, owner=None):
    role = user.get("role", "guest")
    if user.get("banned"):
        return False
    if role == "admin":
        return True
    if action == "read":
        return True
    elif action == "write":
        if role == "editor":
            return True
        else:
            return owner is not None and owner == user.get("name")
    return False
#: allowed({"role": "admin"}, "delete")
#: allowed({"name": "li", "role": "member"}, "write", owner="li")
#: allowed({"name": "li"}, "write", "bo")
#: allowed({"role": "admin", "banned": True}, "read")
#: allowed({}, "read")


def http_class(status):
    match status // 100:
        case 2:
            return "ok"
        case 3:
            return "redirect" if status != 304 else "cached"
        case 4 | 5 as family:
            side = "client" if family == 4 else "server"
            return f"{side} error"
        case n if n < 1:
            raise ValueError(f"bad status {status}")
    return "unknown"
#: http_class(204)
#: http_class(304)
#: http_class(503)
#: http_class(42)
#: http_class(700)


def door(events, locked=False):
    transitions = {
        ("closed", "open"): "opened",
        ("opened", "close"): "closed",
        ("closed", "lock"): "locked",
        ("locked", "unlock"): "closed",
    }
    state = "locked" if locked else "closed"
    ignored = 0
    for e in events:
        try:
            state = transitions[state, e]
        except KeyError:
            ignored += 1
    return state, ignored
#: door(["open", "close", "lock"])
#: door(["open", "open"], locked=True)
#: door([])
#: door(["unlock", "open", "lock", "close"], True)


def next_id(taken, prefix="item"):
    for n in count(1):
        name = f"{prefix}-{n}"
        if name not in taken:
            return name
#: next_id(["item-1", "item-2", "item-4"])
#: next_id([], prefix="job")
#: next_id({"img-1": 0}, "img")


def drain(queue, limit):
    q = deque(queue)
    served = []
    while q:
        job = q.popleft()
        if job < 0:
            continue
        if len(served) == limit:
            q.appendleft(job)
            break
        if job > 10:
            q.append(job - 10)
            continue
        served.append(job)
    else:
        return served, "empty"
    return served, f"{len(q)} left"
#: drain([4, 25, -1, 3], 5)
#: drain([1, 2, 3, 4], 2)
#: drain([], 1)
#: drain([11], 0)


def simplify(expr):
    match expr:
        case ("+", 0, x) | ("+", x, 0):
            return simplify(x)
        case ("*", 1, x) | ("*", x, 1):
            return simplify(x)
        case ("*", 0, _) | ("*", _, 0):
            return 0
        case (op, left, right):
            return (op, simplify(left), simplify(right))
        case _:
            return expr
#: simplify(("+", 0, ("*", 1, "x")))
#: simplify(("*", ("+", "a", 0), "b"))
#: simplify(("*", "y", 0))
#: simplify(7)
#: simplify(("-", ("+", "a", "b"), ("*", 1, 4)))


def blink(pattern, times):
    lights = cycle(pattern)
    on_count = 0
    for i, lamp in enumerate(lights):
        if i >= times:
            break
        if lamp == ".":
            continue
        on_count += 1
    return on_count
#: blink("*..", 7)
#: blink("*", 4)
#: blink("..", 3)
#: blink("*.", 0)


def ticket_price(age, *, student=False, day="mon"):
    weekend = day in ("sat", "sun")
    if age < 0:
        raise ValueError("age")
    if age < 6:
        price = 0
    elif age < 18 or student and not weekend:
        price = 60
    elif age >= 65:
        price = 70
    else:
        price = 120
    if weekend and price:
        price += 15
    return price
#: ticket_price(34)
#: ticket_price(5, day="sat")
#: ticket_price(22, student=True)
#: ticket_price(22, student=True, day="sun")
#: ticket_price(-2)


def elevator(floor, requests):
    order = []
    pending = sorted(set(requests))
    direction = 1
    while pending:
        ahead = [f for f in pending if (f - floor) * direction >= 0]
        if not ahead:
            direction = -direction
            continue
        floor = ahead[0] if direction > 0 else ahead[-1]
        pending.remove(floor)
        order.append(floor)
    return order
#: elevator(3, [5, 1, 4, 2])
#: elevator(0, [])
#: elevator(9, [2, 7, 2])
#: elevator(4, [4])


def summarise(values):
    match values:
        case []:
            return "none"
        case [only]:
            return f"just {only}"
        case [first, second]:
            return f"{first} and {second}"
        case [first, *middle, last]:
            return f"{first}, {len(middle)} more, {last}"
        case str() as s:
            return f"text of {len(s)}"
        case _:
            return type(values).__name__
#: summarise(["tea", "milk", "eggs", "rye"])
#: summarise((1, 2))
#: summarise([None])
#: summarise("abc")
#: summarise({1: 2})


def paginate(total, page, per_page=10):
    if total == 0:
        return []
    pages = -(-total // per_page)
    page = max(1, min(page, pages))
    shown = []
    for p in range(1, pages + 1):
        if p == 1 or p == pages or abs(p - page) <= 1:
            shown.append(str(p) if p != page else f"[{p}]")
        elif shown[-1] != "...":
            shown.append("...")
    return shown
#: paginate(95, 5)
#: paginate(20, 1)
#: paginate(0, 3)
#: paginate(61, 99)
#: paginate(7, 1, per_page=2)


def balance_scale(left, right):
    moved = 0
    while (diff := sum(left) - sum(right)) != 0:
        heavy, light = (left, right) if diff > 0 else (right, left)
        fitting = [w for w in heavy if 2 * w <= abs(diff)]
        if not fitting:
            return None
        w = max(fitting)
        heavy.remove(w)
        light.append(w)
        moved += 1
    return moved, left, right
#: balance_scale([5, 3, 2], [4])
#: balance_scale([], [6, 1])
#: balance_scale([2], [2])
#: balance_scale([1, 1, 4], [])


def spans(flags):
    start = None
    found = []
    for i, on in enumerate(flags):
        if on and start is None:
            start = i
        elif not on and start is not None:
            found.append((start, i))
            start = None
    if start is not None:
        found.append((start, len(flags)))
    return found
#: spans([0, 1, 1, 0, 1])
#: spans([])
#: spans([True, True])
#: spans("")


def menu(keys, items=("new", "load", "quit")):
    index = 0
    for k in keys:
        if k == "enter":
            chosen = items[index]
            if chosen == "quit":
                break
            message = f"chose {chosen}"
            return message
        index = (index + {"down": 1, "up": -1}.get(k, 0)) % len(items)
    else:
        return f"waiting on {items[index]}"
    return "bye"
#: menu(["down", "enter"])
#: menu(["up", "enter"])
#: menu(["down", "x", "down", "down"])
#: menu([])
#: menu(["enter"], ())


def retry_plan(codes):
    wait = 1
    log = []
    for code in codes:
        if code < 400:
            log.append("done")
            break
        if code == 429:
            wait *= 3
        elif code >= 500:
            wait += 1
        else:
            log.append(f"abort {code}")
            break
        log.append(f"wait {wait}")
    else:
        log.append("gave up")
    return log
#: retry_plan([500, 429, 200])
#: retry_plan([404, 200])
#: retry_plan([503] * 3)
#: retry_plan([])


def split_batches(sizes, limit):
    batches = [[]]
    room = limit
    for s in sizes:
        if s > limit:
            raise OverflowError(f"{s} does not fit in {limit}")
        if s > room:
            batches.append([])
            room = limit
        batches[-1].append(s)
        room -= s
    return batches
#: split_batches([4, 3, 5, 2, 2], 8)
#: split_batches([], 3)
#: split_batches([2, 9], 5)
#: split_batches([1, 1, 1], 1)


def morse_gaps(signal):
    words = []
    for is_on, group in groupby(signal, key=lambda c: c == "="):
        n = len(list(group))
        if is_on:
            words.append("-" if n >= 3 else ".")
        elif n >= 7:
            words.append(" / ")
        elif n >= 3:
            words.append(" ")
    return "".join(words)
#: morse_gaps("=_===")
#: morse_gaps("=___===_=")
#: morse_gaps("=_______=")
#: morse_gaps("")


def point_kind(p):
    match p:
        case (0, 0):
            return "origin"
        case (0, y):
            return f"y axis at {y}"
        case (x, 0):
            return f"x axis at {x}"
        case (x, y) if x == y:
            return "diagonal"
        case (x, y) if abs(x) == abs(y):
            return "anti-diagonal"
        case (_, _):
            return "somewhere"
    raise TypeError("need two coordinates")
#: point_kind((0, 0))
#: point_kind((0, -3))
#: point_kind([2.5, 2.5])
#: point_kind((4, -4))
#: point_kind((1, 2, 3))


def thermostat(readings, target, band=1):
    heating = False
    switches = []
    for minute, t in enumerate(readings):
        want = heating
        if t < target - band:
            want = True
        elif t > target + band:
            want = False
        if want is not heating:
            heating = want
            switches.append((minute, "on" if heating else "off"))
    return switches
#: thermostat([18, 19, 21, 23, 22, 19], 21)
#: thermostat([20, 20.5], 20)
#: thermostat([], 5)
#: thermostat([10, 30, 10], 20, band=0)


def dispatch(op, *args):
    if op == "sum":
        return sum(args)
    if op == "max":
        return max(args, default=None)
    if op == "join":
        sep, *parts = args
        return sep.join(map(str, parts))
    raise LookupError(f"no operation {op!r}")
#: dispatch("sum", 4, 5, -2)
#: dispatch("max")
#: dispatch("join", "/", "usr", 1, None)
#: dispatch("join")
#: dispatch("min", 3)


def unescape(s):
    out = []
    escaped = False
    for ch in s:
        if escaped:
            out.append({"n": "\n", "t": "\t"}.get(ch, ch))
            escaped = False
            continue
        if ch == "\\":
            escaped = True
            continue
        out.append(ch)
    if escaped:
        out.append("\\")
    return "".join(out)
#: unescape("a\\nb")
#: unescape("tab\\t|\\\\")
#: unescape("end\\")
#: unescape("")


def work_shift(hour, weekday):
    if weekday >= 5:
        if 10 <= hour < 16:
            return "weekend"
        return "closed"
    if hour < 6 or hour >= 22:
        return "night"
    return "morning" if hour < 14 else "evening"
#: work_shift(9, 0)
#: work_shift(23, 4)
#: work_shift(12, 6)
#: work_shift(14, 3)
#: work_shift(16, 5)


def collect_until(numbers, stop=0):
    it = iter(numbers)
    taken = []
    while True:
        n = next(it, stop)
        if n == stop:
            break
        if n < 0:
            next(it, None)
            continue
        taken.append(n)
    return taken, list(it)
#: collect_until([3, 4, 0, 9, 9])
#: collect_until([1, -1, 7, 2])
#: collect_until([])
#: collect_until([5, 6], stop=6)


def route(method, path):
    match [method, *filter(None, path.split("/"))]:
        case ["GET", "users"]:
            return ("list_users", {})
        case ["GET" | "DELETE" as verb, "users", uid]:
            return (verb.lower() + "_user", {"id": int(uid)})
        case ["POST", "users", uid, "orders", *more] if not more:
            return ("add_order", {"id": int(uid)})
        case [_]:
            return ("home", {})
    return ("not_found", {"path": path})
#: route("GET", "/users/")
#: route("DELETE", "/users/17")
#: route("POST", "/users/3/orders")
#: route("GET", "/users/me")
#: route("PUT", "/a/b")


def medal_table(results):
    medals = {}
    for event, places in results.items():
        if not places:
            continue
        for medal, country in zip(("gold", "silver", "bronze"), places):
            row = medals.setdefault(country, [0, 0, 0])
            if medal == "gold":
                row[0] += 1
            elif medal == "silver":
                row[1] += 1
            else:
                row[2] += 1
    return sorted(medals, key=medals.get, reverse=True)
#: medal_table({"100m": ["JAM", "USA", "CAN"], "jump": ["USA", "CAN"], "swim": []})
#: medal_table({})
#: medal_table({"golf": ["KOR", "KOR", "KOR", "SWE"]})


def turnstile(actions):
    locked = True
    coins = passed = 0
    for a in actions:
        if a == "coin":
            coins += 1
            locked = False
        elif a == "push":
            if locked:
                print("locked")
                continue
            passed += 1
            locked = True
        else:
            break
    return coins, passed, "locked" if locked else "open"
#: turnstile(["coin", "push", "push", "coin"])
#: turnstile(["coin", "coin", "kick", "push"])
#: turnstile([])


def shape_area(shape):
    """Area of a shape given as a tuple or a dict."""
    match shape:
        case ("rect", w, h):
            return w * h
        case ("square", side):
            return side ** 2
        case {"kind": "rect", "size": [w, h]}:
            return shape_area(("rect", w, h))
        case {"kind": "poly", "points": [*pts]} if len(pts) > 2:
            twice = 0
            for (x1, y1), (x2, y2) in zip(pts, pts[1:] + pts[:1]):
                twice += x1 * y2 - x2 * y1
            return abs(twice) / 2
        case int() | float():
            return 0
    return None
#: shape_area(("rect", 3, 4.5))
#: shape_area({"kind": "rect", "size": (2, 8)})
#: shape_area({"kind": "poly", "points": [(0, 0), (4, 0), (0, 3)]})
#: shape_area(5)
#: shape_area(("square",))


def charge_battery(level, hours, fast=True):
    for hour in range(1, hours + 1):
        if level >= 100:
            break
        if fast and level < 80:
            level += 40
            continue
        level += 10
    else:
        return f"still at {level}%"
    return f"full after {hour - 1} h"
#: charge_battery(5, 8)
#: charge_battery(50, 2, fast=False)
#: charge_battery(100, 1)
#: charge_battery(30, 0)


def loan_decision(income, debt, history):
    if income <= 0:
        return "reject: no income"
    ratio = debt / income
    if ratio > 0.6:
        if "late" in history or history.count("missed") > 1:
            return "reject"
        return "manual review"
    if not history:
        return "approve small" if ratio < 0.2 else "manual review"
    if all(h == "paid" for h in history[-3:]):
        return "approve"
    return "approve with deposit"
#: loan_decision(3000, 600, ["late", "paid", "paid", "paid"])
#: loan_decision(2000, 1500, ["paid", "late"])
#: loan_decision(2500, 100, [])
#: loan_decision(0, 10, ["paid"])
#: loan_decision(1000, 300, ["paid", "missed"])


def tax(income, brackets=((1000, 0.0), (3000, 0.2), (None, 0.3))):
    owed, lower = 0.0, 0
    for upper, rate in brackets:
        if upper is None or income <= upper:
            owed += (income - lower) * rate
            break
        owed += (upper - lower) * rate
        lower = upper
    else:
        raise ValueError("brackets do not cover the income")
    return round(owed, 2)
#: tax(800)
#: tax(2500)
#: tax(10000)
#: tax(50, brackets=[(40, 0.5)])
#: tax(-100)


def delivery_status(scans):
    place = None
    out_today = False
    for s in scans:
        match s.partition(":"):
            case ("arrived", _, city):
                place = city
                out_today = False
            case ("out", "", ""):
                if place is None:
                    return "scan error"
                out_today = True
            case ("delivered", _, who):
                return f"delivered to {who or 'door'}"
            case (other, *_):
                print("ignored", other)
    if out_today:
        return "on the van"
    return f"in {place}" if place else "registered"
#: delivery_status(["arrived:Lund", "out", "delivered:neighbour"])
#: delivery_status(["arrived:Oslo", "out"])
#: delivery_status(["weighed", "arrived:Umeå"])
#: delivery_status(["out"])
#: delivery_status([])


def unfold_headers(lines):
    headers = []
    for line in lines:
        if line[:1] in (" ", "\t"):
            if not headers:
                raise ValueError("continuation before first header")
            name, value = headers.pop()
            headers.append((name, f"{value} {line.strip()}"))
            continue
        if line == "":
            break
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name.title(), value.strip()))
    return headers
#: unfold_headers(["subject: hello", "\tworld", "x-id: 4", "", "body: no"])
#: unfold_headers(["garbage", "to:a@b.c"])
#: unfold_headers(["  lost", "a: b"])
#: unfold_headers([])


def assign_desk(name, desks, preferred=None):
    if name in desks.values():
        return next(d for d, who in desks.items() if who == name)
    if preferred is not None and desks.get(preferred, name) is None:
        desks[preferred] = name
        return preferred
    for desk in desks:
        if desks[desk] is None:
            desks[desk] = name
            break
    else:
        return "full"
    return desk
#: assign_desk("ida", {"d1": "bo", "d2": None, "d3": None})
#: assign_desk("ida", {"d1": None, "d2": None}, preferred="d2")
#: assign_desk("bo", {"d1": "bo"}, "d9")
#: assign_desk("eve", {"d1": "bo"}, "d1")


def strip_markup(text):
    out = []
    mode = "text"
    tag = ""
    for ch in text:
        match mode, ch:
            case "text", "<":
                mode, tag = "tag", ""
            case "tag", ">":
                mode = "text"
                if tag in ("br", "br/"):
                    out.append("\n")
            case "tag", _:
                tag += ch
            case _:
                out.append(ch)
    return "".join(out) if mode == "text" else None
#: strip_markup("<b>Hi</b> you")
#: strip_markup("a<br>b<br/>c")
#: strip_markup("x < y")
#: strip_markup("")


def fuel_stops(distances, tank):
    left, stops = tank, []
    for leg, km in enumerate(distances):
        if km > tank:
            return f"leg {leg} is too long"
        if km > left:
            stops.append(leg)
            left = tank
        left -= km
    return stops or "no stops"
#: fuel_stops([100, 150, 200, 90], 300)
#: fuel_stops([50], 60)
#: fuel_stops([20, 500], 400)
#: fuel_stops([], 10)


def upload_session(commands):
    state, size = "closed", 0
    for c in commands:
        op, *args = c.split()
        if op == "open" and state == "closed":
            state = "open"
        elif op == "write" and state == "open":
            try:
                size += int(args[0])
            except (IndexError, ValueError):
                state = "broken"
                break
        elif op == "close" and state in ("open", "broken"):
            state = "closed"
        else:
            raise RuntimeError(f"{op} while {state}")
    return state, size
#: upload_session(["open", "write 100", "write 28", "close"])
#: upload_session(["open", "write lots", "close"])
#: upload_session(["write 5"])
#: upload_session([])


def pick_theme(prefs, hour, supported=("light", "dark")):
    choice = prefs.get("theme", "auto")
    if choice != "auto":
        if choice in supported:
            return choice
        elif prefs.get("strict"):
            raise ValueError("unsupported theme: %s" % choice)
    if prefs.get("contrast") == "high":
        return supported[-1]
    return "light" if 7 <= hour < 19 else "dark"
#: pick_theme({"theme": "dark"}, 12)
#: pick_theme({}, 20)
#: pick_theme({"theme": "sepia", "contrast": "high"}, 9)
#: pick_theme({"theme": "sepia", "strict": True}, 9)
#: pick_theme({"theme": "sepia"}, 7)


def play_track(playlist, presses, repeat=False):
    pos = 0
    for p in presses:
        if p not in (">", "<", "x"):
            continue
        if p == "x":
            del playlist[pos]
            if not playlist:
                return None
            pos = min(pos, len(playlist) - 1)
            continue
        pos += 1 if p == ">" else -1
        if repeat:
            pos %= len(playlist)
        elif pos < 0:
            pos = 0
        elif pos >= len(playlist):
            return "end"
    return playlist[pos]
#: play_track(["intro", "verse", "outro"], ">>")
#: play_track(["intro", "verse", "outro"], "<", repeat=True)
#: play_track(["a", "b"], ">x?<")
#: play_track(["a"], "x")
#: play_track(["a", "b"], ">>")


def alarm_level(samples, warn=70, crit=90):
    level = 0
    streak = 0
    for s in samples:
        if s is None:
            continue
        if s < warn:
            streak = 0
            level = max(level - 1, 0)
            continue
        streak += 1
        if s >= crit or streak >= 3:
            level = 2
        elif level == 0:
            level = 1
    return ("ok", "warning", "critical")[level]
#: alarm_level([50, 72, 60])
#: alarm_level([71, 75, 80])
#: alarm_level([95, 40, None])
#: alarm_level([])
#: alarm_level([91, 10, 10, 10])


def wait_for(values, predicate_name, timeout):
    tests = {"even": lambda v: v % 2 == 0, "big": lambda v: v > 50, "any": bool}
    ready = tests[predicate_name]
    elapsed = 0
    while elapsed < timeout and values:
        v = values.pop(0)
        if ready(v):
            break
        elapsed += 1
    else:
        return f"timeout after {elapsed}"
    return v, elapsed
#: wait_for([3, 5, 8, 9], "even", 10)
#: wait_for([10, 20, 60], "big", 2)
#: wait_for([], "any", 5)
#: wait_for([1], "odd", 1)


def fold_sections(lines):
    title, body, sections = None, [], {}
    for line in [*lines, "[]"]:
        if line.startswith("[") and line.endswith("]"):
            if title is not None:
                sections[title] = body
            title, body = line[1:-1], []
        elif title is None:
            return f"line outside a section: {line}"
        elif line:
            body.append(line)
    return sections
#: fold_sections(["[a]", "x=1", "", "y=2", "[b]"])
#: fold_sections(["x=1", "[a]"])
#: fold_sections([])
#: fold_sections(["[a]", "p", "[a]", "q"])


def boarding_group(passenger):
    match passenger:
        case {"assistance": True}:
            return 0
        case {"class": "business" | "first"}:
            return 1
        case {"age": age} if age < 5:
            return 1
        case {"row": row, "status": "gold" | "silver" as s}:
            return 2 if s == "gold" or row > 20 else 3
        case {"row": int(row)}:
            return 4 if row > 15 else 5
    raise KeyError("row")
#: boarding_group({"class": "business", "row": 2})
#: boarding_group({"row": 12, "status": "silver"})
#: boarding_group({"row": 30, "age": 44})
#: boarding_group({"age": 3, "assistance": False})
#: boarding_group({"class": "economy"})
