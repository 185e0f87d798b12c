"""While loops, accumulators, simulations, sequences, counters and state that evolves."""
import itertools
import operator
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache, partial
from heapq import heapify, heappop, heappush


def tank_levels(level, capacity, flows):
    spilled = 0
    history = []
    for flow in flows:
        level += flow
        if level > capacity:
            spilled += level - capacity
            level = capacity
        elif level < 0:
            level = 0
        history.append(level)
    return history, spilled
#: tank_levels(5, 10, [3, 4, -6])
#: tank_levels(0, 5, [-2, 7])
#: tank_levels(2, 2, [])
#: tank_levels(1, 8, [1.5, -3, "2"])


def retry_delays(attempts, first=1, factor=2, cap=30):
    delays = []
    delay = first
    while attempts > 0:
        if delay >= cap:
            return delays + [cap] * attempts
        attempts -= 1
        delays.append(delay)
        delay *= factor
    return delays
#: retry_delays(3)
#: retry_delays(8)
#: retry_delays(0)
#: retry_delays(4, first=10, factor=3)


def countdown(n):
    while n > 0:
        yield n
        n -= 1
    yield "liftoff"


def launch(n, abort_at=None):
    spoken = []
    for word in countdown(n):
        if word == abort_at:
            spoken.append("abort")
            break
        spoken.append(str(word))
    return " ".join(spoken)
#: launch(3)
#: launch(5, abort_at=2)
#: launch(0)
#: launch(-4, abort_at="liftoff")


def drain_battery(charge, jobs):
    done = []
    while jobs and charge >= jobs[0][1]:
        name, cost = jobs.pop(0)
        charge -= cost
        done.append(name)
    return done, charge, len(jobs)
#: drain_battery(50, [("scan", 20), ("upload", 25), ("log", 10)])
#: drain_battery(5, [("scan", 20)])
#: drain_battery(9, [])
#: drain_battery(9, [("ping", 4), ("ping", 4), ("ping", 4)])
#: drain_battery(10, [("a", 1), ("b",)])


def play_turns(hp, attacks, shield=0):
    for turn, damage in enumerate(attacks, start=1):
        blocked = min(shield, damage)
        shield -= blocked
        hp -= damage - blocked
        if hp <= 0:
            return f"down on turn {turn}"
    return f"{hp} hp and {shield} shield left"
#: play_turns(30, [10, 5, 8])
#: play_turns(20, [15, 15], shield=6)
#: play_turns(1, [])
#: play_turns(10, [3, 4], 10)


def savings_goal(goal, monthly, bonus_every=6, bonus=50):
    if monthly <= 0:
        raise ValueError("nothing is saved")
    saved = months = 0
    while saved < goal:
        months += 1
        saved += monthly
        if not months % bonus_every:
            saved += bonus
    return months, saved
#: savings_goal(1000, 120)
#: savings_goal(100, 100)
#: savings_goal(0, 5)
#: savings_goal(300, 20, bonus_every=3, bonus=10)
#: savings_goal(10, -1)


def streaks(results):
    current = best = worst = 0
    for r in results:
        if r == "W":
            current = current + 1 if current > 0 else 1
        elif r == "L":
            current = current - 1 if current < 0 else -1
        else:
            current = 0
        best, worst = max(best, current), min(worst, current)
    return {"best": best, "worst": -worst, "now": current}
#: streaks("WWLWWW")
#: streaks("LLLDW")
#: streaks("")
#: streaks(["W", "D", "L"])


def rabbit_pens(pairs, pens, years):
    for year in range(years):
        pairs += pairs // 2
        if pairs > pens:
            break
    else:
        return "fits", pairs
    return "overflow in year", year + 1
#: rabbit_pens(4, 20, 3)
#: rabbit_pens(10, 12, 5)
#: rabbit_pens(1, 1, 4)
#: rabbit_pens(8, 8, 0)


def plotter_path(commands):
    pen, at, drawn = True, 0, []
    for c in commands:
        match c:
            case "up" | "down":
                pen = c == "down"
            case ("move", int(n)) if n:
                if pen:
                    drawn.append((min(at, at + n), max(at, at + n)))
                at += n
            case ("home",):
                at = 0
            case other:
                raise ValueError(f"what is {other!r}?")
    return drawn, at
#: plotter_path([("move", 5), "up", ("move", -2), "down", ("move", -1)])
#: plotter_path([("move", 3), ("home",)])
#: plotter_path([])
#: plotter_path(["down", ("move", 0)])


def pump_cycles(pressure, on_below=20, off_above=60, ticks=8):
    running = False
    log = ""
    for _ in range(ticks):
        if pressure < on_below:
            running = True
        elif pressure > off_above:
            running = False
        pressure += 15 if running else -10
        log += "#" if running else "."
    return log, pressure
#: pump_cycles(30)
#: pump_cycles(65, ticks=5)
#: pump_cycles(10, on_below=5)
#: pump_cycles(0, ticks=0)


def make_counter(start=0, step=1):
    value = start

    def bump(times=1):
        nonlocal value
        value += step * times
        return value
    return bump


def ticket_numbers(customers, step=1):
    next_ticket = make_counter(100, step)
    tickets = {}
    for who in customers:
        if who.startswith("vip"):
            tickets[who] = next_ticket(0)
        else:
            tickets[who] = next_ticket()
    return tickets
#: ticket_numbers(["ann", "bob", "vip-cy"])
#: ticket_numbers(["ann", "bob"], step=5)
#: ticket_numbers([])
#: ticket_numbers(["x", None])


def halving_trail(n):
    trail = []
    while True:
        trail.append(n)
        if n < 2 or n % 2:
            break
        n >>= 1
    return trail
#: halving_trail(48)
#: halving_trail(7)
#: halving_trail(0)
#: halving_trail(-8)


def vote_tally(ballots):
    scores = defaultdict(int)
    for ballot in ballots:
        points = len(ballot)
        for name in ballot:
            scores[name] += points
            points -= 1
    if not scores:
        return None
    top = max(scores.values())
    return sorted(n for n, s in scores.items() if s == top), top
#: vote_tally([["ada", "bo"], ["bo", "ada"], ["bo"]])
#: vote_tally([["x", "y", "z"], ["z", "y", "x"]])
#: vote_tally([])
#: vote_tally([[], ["solo"]])


def round_robin_queue(jobs, quantum=2):
    queue = deque(jobs.items())
    clock = 0
    finished = {}
    while queue:
        name, need = queue.popleft()
        used = min(need, quantum)
        clock += used
        if need > used:
            queue.append((name, need - used))
        else:
            finished[name] = clock
    return finished
#: round_robin_queue({"a": 3, "b": 1, "c": 4})
#: round_robin_queue({"only": 5}, quantum=10)
#: round_robin_queue({})
#: round_robin_queue({"p": 2, "q": 2}, 1)


def elevator_stops(floor, requests):
    order, moved = [], 0
    pending = sorted(set(requests))
    while pending:
        nearest = min(pending, key=lambda f: (abs(f - floor), f))
        moved += abs(nearest - floor)
        floor = nearest
        order.append(floor)
        pending.remove(floor)
    return order, moved
#: elevator_stops(3, [1, 5, 4])
#: elevator_stops(0, [2, -2])
#: elevator_stops(7, [7, 7])
#: elevator_stops(1, [])


def checkpoint_sum(values, every=3):
    total = 0
    marks = []
    for i, v in enumerate(values):
        total += v
        if i % every == every - 1:
            marks.append(total)
            total = 0
    if total:
        marks.append(total)
    return marks
#: checkpoint_sum([1, 2, 3, 4, 5, 6, 7])
#: checkpoint_sum([10, -10, 5], every=2)
#: checkpoint_sum([])
#: checkpoint_sum([1, 1], every=0)


def parking_turnaways(spaces, events):
    inside = set()
    refused = []
    for kind, plate in events:
        if kind == "out":
            inside.remove(plate)
        elif len(inside) < spaces:
            inside |= {plate}
        else:
            refused.append(plate)
    else:
        free = spaces - len(inside)
    return refused, free
#: parking_turnaways(1, [("in", "A1"), ("in", "B2"), ("out", "A1"), ("in", "C3")])
#: parking_turnaways(0, [("in", "X")])
#: parking_turnaways(5, [])
#: parking_turnaways(2, [("out", "Z9")])


def fill_shelves(books, width):
    shelves = [[]]
    room = width
    for b in books:
        if b > width:
            raise ValueError(f"book of {b} cannot fit {width}")
        if b > room:
            shelves.append([])
            room = width
        shelves[-1].append(b)
        room -= b
    return shelves
#: fill_shelves([3, 4, 2, 5, 1], 7)
#: fill_shelves([], 4)
#: fill_shelves([6], 6)
#: fill_shelves([2, 9, 1], 8)


def dice_pool(rolls, target=5):
    hits = 0
    pending = list(rolls)
    spare = [6, 3]
    while pending:
        r = pending.pop()
        if r >= target:
            hits += 1
        if r == 6 and spare:
            pending.append(spare.pop())
    return hits
#: dice_pool([1, 5, 6, 2])
#: dice_pool([6, 6, 6], target=4)
#: dice_pool(())
#: dice_pool([3, 3], target=3)


def ledger(entries):
    total, rows = 0, []
    for label, *amounts in entries:
        before = total
        total += sum(amounts)
        rows.append(f"{label:<6}{total - before:>+5}{total:>6}")
    return rows
#: ledger([("open", 100), ("rent", -40, -5), ("note",)])
#: ledger([])
#: ledger([("café", 12)])
#: ledger([("bad", 1, "2")])


class Light(Enum):
    RED = 3
    GREEN = 4
    AMBER = 1


def light_after(seconds):
    order = [Light.RED, Light.GREEN, Light.AMBER]
    i = 0
    while seconds >= order[i].value:
        seconds -= order[i].value
        i = (i + 1) % len(order)
    return order[i].name.lower(), order[i].value - seconds
#: light_after(0)
#: light_after(5)
#: light_after(18)
#: light_after(-2)


def garden_growth(heights, days):
    trimmed = Counter()
    for day in range(1, days + 1):
        for plant in heights:
            heights[plant] += 2 if plant[0] in "aeiou" else 1
            if heights[plant] >= 10:
                heights[plant] = 5
                trimmed[plant] += 1
    return heights, dict(trimmed)
#: garden_growth({"ivy": 6, "fern": 9}, 3)
#: garden_growth({"moss": 0}, 2)
#: garden_growth({}, 5)
#: garden_growth({"": 1}, 1)


def windowed_alarm(readings, limit, needed=3):
    recent = deque(maxlen=needed)
    for i, r in enumerate(readings):
        recent.append(r > limit)
        if len(recent) == needed and all(recent):
            return i
    return None
#: windowed_alarm([5, 9, 9, 9, 2], 8)
#: windowed_alarm([9, 9, 1, 9], 8)
#: windowed_alarm([3, 4], 1, needed=2)
#: windowed_alarm([], 0)


def interest_until(balance, rate_pct, payment, limit=30):
    months = 0
    paid = 0
    while balance > 0 and months < limit:
        balance += balance * rate_pct // 100
        step = min(payment, balance)
        balance -= step
        paid += step
        months += 1
    if balance:
        raise RuntimeError(f"still owes {balance} after {months} months")
    return months, paid
#: interest_until(1000, 2, 300)
#: interest_until(50, 0, 100)
#: interest_until(0, 5, 10)
#: interest_until(1000, 10, 100, limit=4)


def version_bumps(version, changes):
    major, minor, patch = version
    for kind in changes:
        if kind == "fix":
            patch += 1
            continue
        if kind == "feature":
            minor, patch = minor + 1, 0
        elif kind == "breaking":
            major, minor, patch = major + 1, 0, 0
    return f"v{major}.{minor}.{patch}"
#: version_bumps((1, 2, 3), ["fix", "feature", "fix"])
#: version_bumps([0, 9, 9], ["breaking"])
#: version_bumps((2, 0, 0), ["docs"])
#: version_bumps((1, 0), ["fix"])


def stock_days(stock, daily, deliveries):
    day = 0
    sold_out = []
    while stock > 0 or any(d > day for d in deliveries):
        day += 1
        stock += deliveries.get(day, 0)
        if stock < daily:
            sold_out.append(day)
        stock = max(0, stock - daily)
        if day == 15:
            break
    return day, sold_out
#: stock_days(10, 3, {2: 5})
#: stock_days(0, 2, {4: 2})
#: stock_days(0, 1, {})
#: stock_days(6, 0, {1: 1})


def apply_ops(start, ops):
    table = {"+": operator.add, "-": operator.sub, "*": operator.mul, "//": operator.floordiv}
    trail = [start]
    for sym, n in ops:
        try:
            trail.append(table[sym](trail[-1], n))
        except KeyError:
            trail.append(trail[-1])
        except ZeroDivisionError:
            trail.append(0)
    return trail
#: apply_ops(7, [("+", 3), ("*", -2), ("//", 3)])
#: apply_ops(1, [("^", 2), ("-", 5)])
#: apply_ops(4, [("//", 0), ("+", 1)])
#: apply_ops(0, [])


@dataclass
class Account:
    owner: str
    cents: int = 0
    log: list = field(default_factory=list)

    def move(self, n):
        if self.cents + n < 0:
            raise ValueError(f"{self.owner} lacks {-(self.cents + n)}")
        self.cents += n
        self.log.append(n)


def settle(transfers, opening=100):
    accounts = {}
    failed = 0
    for src, dst, n in transfers:
        for who in (src, dst):
            if who not in accounts:
                accounts[who] = Account(who, opening)
        try:
            accounts[src].move(-n)
        except ValueError as e:
            failed += 1
            print(e)
        else:
            accounts[dst].move(n)
    return {a.owner: a.cents for a in accounts.values()}, failed
#: settle([("ann", "bob", 30), ("bob", "cy", 200)])
#: settle([("x", "x", 5)], opening=10)
#: settle([])


def overdue_alarms(alarms, now, snooze=5):
    heap = [(at, name) for name, at in alarms.items()]
    heapify(heap)
    rung = []
    while heap and heap[0][0] <= now:
        at, name = heappop(heap)
        rung.append(name)
        if rung.count(name) < 2:
            heappush(heap, (at + snooze, name))
    return rung, heap[0] if heap else None
#: overdue_alarms({"tea": 3, "bus": 12}, 9)
#: overdue_alarms({"a": 1, "b": 1}, 1, snooze=0)
#: overdue_alarms({}, 100)
#: overdue_alarms({"x": 4, "y": "noon"}, 5)


def smelt(ore, coal, per_bar=3):
    bars = 0
    heat = 0
    while ore >= per_bar and (coal or heat):
        if heat == 0:
            coal, heat = coal - 1, 2
        ore -= per_bar
        heat -= 1
        bars += 1
    return {"bars": bars, "ore": ore, "coal": coal, "wasted": heat}
#: smelt(10, 2)
#: smelt(2, 5)
#: smelt(20, 1, per_bar=4)
#: smelt(0, 0)


def heat_spread(cells, steps=2):
    for _ in range(steps):
        nxt = cells[:]
        for i in range(1, len(cells) - 1):
            nxt[i] = (cells[i - 1] + cells[i] + cells[i + 1]) // 3
        cells = nxt
    return cells
#: heat_spread([0, 90, 0, 0])
#: heat_spread([9, 0, 9], steps=1)
#: heat_spread([5, 5])
#: heat_spread([100, 0, 0, 0, -100], 3)


def lamp_states(n, toggles):
    lamps = [False] * n
    for t in toggles:
        if t == "all":
            lamps = [not x for x in lamps]
        elif isinstance(t, tuple):
            first, step = t
            lamps[first::step] = [True] * len(lamps[first::step])
        else:
            lamps[t] ^= True
    return "".join("o" if on else "-" for on in lamps)
#: lamp_states(5, [0, -1, "all"])
#: lamp_states(6, [(1, 2), 3])
#: lamp_states(0, ["all"])
#: lamp_states(3, [3])


def score_frames(*throws, bonus=5):
    score = frame = 0
    it = iter(throws)
    while (first := next(it, None)) is not None:
        frame += 1
        if first == 10:
            score += 10 + bonus
            continue
        second = next(it, 0)
        score += first + second
        if first + second == 10:
            score += bonus // 2
    return score, frame
#: score_frames(10, 3, 4, 5, 5)
#: score_frames()
#: score_frames(7)
#: score_frames(10, 10, bonus=0)


def sequence_gaps(ids):
    expected = None
    missing = []
    for n in ids:
        while expected is not None and expected < n:
            missing.append(expected)
            expected += 1
        expected = n + 1
    return missing
#: sequence_gaps([3, 4, 7, 8, 10])
#: sequence_gaps([1])
#: sequence_gaps([])
#: sequence_gaps([5, 3, 4])


def rate_limiter(times, limit=2, window=10):
    allowed = []
    recent = []
    for t in times:
        recent = [r for r in recent if t - r < window]
        if ok := len(recent) < limit:
            recent.append(t)
        allowed.append(ok)
    return allowed
#: rate_limiter([0, 1, 2, 11, 12])
#: rate_limiter([5, 5, 5], limit=1)
#: rate_limiter([])
#: rate_limiter([0, 3, 6], window=3)


def hop_chain(links, start, limit=6):
    path = [start]
    here = start
    while here in links:
        here = links[here]
        if here in path:
            return path + ["loop"]
        path.append(here)
        if len(path) > limit:
            raise RecursionError("too many redirects")
    return path
#: hop_chain({"/a": "/b", "/b": "/c"}, "/a")
#: hop_chain({"/a": "/b", "/b": "/a"}, "/a")
#: hop_chain({}, "/home")
#: hop_chain({1: 2, 2: 3, 3: 4}, 1, limit=2)


def tick_timers(timers, ticks):
    fired = []
    for now in range(1, ticks + 1):
        for name, every in timers.items():
            if now % every == 0:
                fired.append(f"{now}:{name}")
    return fired
#: tick_timers({"poll": 2, "save": 3}, 6)
#: tick_timers({"slow": 10}, 4)
#: tick_timers({}, 3)
#: tick_timers({"broken": 0}, 2)


def running_stats(xs):
    n, mean, lowest = 0, 0.0, None
    snapshots = []
    for n, x in enumerate(xs, 1):
        mean += (x - mean) / n
        lowest = x if lowest is None or x < lowest else lowest
        snapshots.append((n, round(mean, 2), lowest))
    return snapshots[-1] if snapshots else None
#: running_stats([4, 8, 6])
#: running_stats([-1.5])
#: running_stats([])
#: running_stats([1, 2, 2, 10])


def lfsr_bits(seed, taps, n):
    state = seed & 0xFF
    bits = []
    while len(bits) < n:
        bits.append(state & 1)
        fresh = 0
        for t in taps:
            fresh ^= state >> t
        state = state >> 1 | (fresh & 1) << 7
    return "".join(map(str, bits)), state
#: lfsr_bits(0b10110011, (0, 2, 3, 4), 6)
#: lfsr_bits(1, (0,), 3)
#: lfsr_bits(0, (0, 1), 4)
#: lfsr_bits(255, (), 0)


def bank_queue(arrivals, service):
    free_at = 0
    waits = []
    for a in sorted(arrivals):
        begin = max(a, free_at)
        waits.append(begin - a)
        free_at = begin + service
    return waits, sum(waits) / len(waits)
#: bank_queue([0, 2, 3], 4)
#: bank_queue([10, 1], 2)
#: bank_queue([5, 5, 5, 5], 1)
#: bank_queue([], 3)


def two_tellers(durations):
    free = [0, 0]
    heapify(free)
    ends = []
    for d in durations:
        start = heappop(free)
        heappush(free, start + d)
        ends.append(start + d)
    return ends, max(free) - min(free)
#: two_tellers([5, 2, 4])
#: two_tellers([3])
#: two_tellers([])
#: two_tellers([1, 1, 1, 1, 6])


@lru_cache(maxsize=None)
def shelf_life(stage, warm=False):
    if stage == "spoiled":
        return 0
    following = {"picked": "ripe", "ripe": "soft", "soft": "spoiled"}
    days = len(stage) - (2 if warm else 0)
    return days + shelf_life(following[stage], warm)
#: shelf_life("picked")
#: shelf_life("ripe", warm=True)
#: shelf_life("spoiled")
#: shelf_life("frozen")


def decay_until(population, predator):
    generation = 0
    while population > predator > 0:
        population, predator = population - predator * 2, predator + population // 10
        generation += 1
        assert generation < 20, "runs forever"
    return generation, population, predator
#: decay_until(100, 5)
#: decay_until(10, 10)
#: decay_until(40, 1)
#: decay_until(9, -1)


def scan_tokens(tokens):
    depth = deepest = skipped = 0
    i = 0
    while i < len(tokens):
        t = tokens[i]
        i += 1
        if t == "open":
            depth += 1
            deepest = max(deepest, depth)
        elif t == "close":
            depth -= 1
            if depth < 0:
                raise IndexError(f"extra close at {i - 1}")
        elif t == "skip":
            i += 1
            skipped += 1
    return depth, deepest, skipped
#: scan_tokens(["open", "open", "close"])
#: scan_tokens(["skip", "close", "open"])
#: scan_tokens([])
#: scan_tokens(["open", "close", "close"])


def cycle_colors(items, palette=("red", "blue")):
    colors = itertools.cycle(palette)
    last = None
    out = []
    for item in items:
        if item != last:
            color = next(colors)
        out.append((item, color))
        last = item
    return out
#: cycle_colors(["a", "a", "b", "c"])
#: cycle_colors([1, 2, 3], palette="xyz")
#: cycle_colors([])
#: cycle_colors([None, 4])


def until_stable(text, rules):
    rounds = 0
    while True:
        before = text
        for old, new in rules:
            text = text.replace(old, new, 1)
        if text == before:
            return text, rounds
        rounds += 1
        if rounds > 8:
            raise RuntimeError("rules never settle")
#: until_stable("aabb", [("ab", "")])
#: until_stable("a  b    c", [("  ", " ")])
#: until_stable("", [("x", "y")])
#: until_stable("z", [("z", "zz")])


def lap_times(marks):
    laps = [b - a for a, b in zip(marks, marks[1:])]
    best = None
    records = 0
    for lap in laps:
        if best is None or lap < best:
            best, records = lap, records + 1
    return laps, best, records
#: lap_times([0, 62, 121, 184, 240])
#: lap_times([10])
#: lap_times([])
#: lap_times([0, 5, 5])


def undo_stack(actions):
    done, undone = [], []
    for a in actions:
        if a == "undo":
            if done:
                undone.append(done.pop())
        elif a == "redo":
            undone and done.append(undone.pop())
        else:
            done.append(a)
            undone.clear()
    return done, undone
#: undo_stack(["type", "bold", "undo", "redo"])
#: undo_stack(["undo", "a", "b", "undo", "undo"])
#: undo_stack([])
#: undo_stack(["a", "undo", "c", "redo"])


def spread_chips(pots, start):
    hand, pots[start] = pots[start], 0
    i = start
    while hand:
        i = (i + 1) % len(pots)
        pots[i] += 1
        hand -= 1
    return pots, i
#: spread_chips([0, 4, 1, 2], 1)
#: spread_chips([9, 0, 0], 0)
#: spread_chips([1, 0], 1)
#: spread_chips([], 0)


def drip(rate, step, until):
    total = 0
    while (total := total + rate) < until:
        rate += step
    return total, rate


def slow_drips(rates, until=20):
    fixed = partial(drip, step=1, until=until)
    return {r: fixed(r) for r in rates if r > 0}
#: slow_drips([1, 5, 30])
#: slow_drips([0, -3])
#: slow_drips((2.5,), until=6)
#: slow_drips([])


def page_through(fetch_sizes, want):
    got, page = 0, 0
    sizes = iter(fetch_sizes)
    try:
        while got < want:
            got += next(sizes)
            page += 1
    except StopIteration:
        return {"pages": page, "short": want - got}
    return {"pages": page, "extra": got - want}
#: page_through([10, 10, 10], 25)
#: page_through([10], 25)
#: page_through([], 0)
#: page_through([7, 0, 7], 14)


def train_cars(signals, capacity=3):
    cars = [[]]
    left_behind = set()
    for code, who in signals:
        if code == "+":
            if len(cars[-1]) == capacity:
                cars.insert(len(cars), [who])
                continue
            cars[-1].append(who)
        elif any(who in car for car in cars):
            next(car for car in cars if who in car).remove(who)
        else:
            left_behind.add(who)
    return [len(car) for car in cars], sorted(left_behind)
#: train_cars([("+", "a"), ("+", "b"), ("-", "a"), ("-", "z")])
#: train_cars([("+", 1), ("+", 2), ("+", 3)], capacity=1)
#: train_cars([])
#: train_cars([("+", "x"), "-"])
