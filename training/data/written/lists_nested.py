"""Functions over nested lists: matrices, lists of tuples and dicts, tables, grouping rows."""

import copy
import json
import math
from collections import ChainMap, Counter, defaultdict
from dataclasses import asdict, dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import chain, groupby, product
from operator import itemgetter


def row_totals(sheet):
    return [row + [sum(row)] for row in sheet]
#: row_totals([[1, 2], [3, 4, 5]])
#: row_totals([[]])
#: row_totals([])
#: row_totals([[0.5, 0.5], [-1]])


def column_average(table, col):
    total = n = 0
    for row in table:
        try:
            total += row[col]
        except IndexError:
            continue
        n += 1
    return total / n
#: column_average([[1, 10], [2], [3, 30]], 1)
#: column_average([[4], [6]], -1)
#: column_average([(0.5, 1), (1.5, 2)], 0)
#: column_average([[1]], 5)


def receipt_columns(rows):
    goods, counts, costs = (list(col) for col in zip(*rows))
    counts[:] = map(str, counts)
    return [goods, counts, costs[::-1]]
#: receipt_columns([["tea", 2, 3.5], ["bun", 1, 1.2]])
#: receipt_columns([("fig", 9, 0)])
#: receipt_columns(["abc", "xyz", "123"])
#: receipt_columns([])


def mirror_sprite(rows, axis="x"):
    match axis:
        case "x":
            return [r[::-1] for r in rows]
        case "y":
            return rows[::-1]
        case _:
            raise ValueError("axis must be x or y")
#: mirror_sprite(["#..", "##."])
#: mirror_sprite([[1, 2], [3, 4]], "y")
#: mirror_sprite([], axis="x")
#: mirror_sprite(["#"], "z")


def orders_by_city(orders):
    groups = defaultdict(list)
    for order_id, city, _ in orders:
        groups[city].append(order_id)
    return dict(groups)
#: orders_by_city([(1, "Oslo", 5), (2, "Rome", 7), (3, "Oslo", 1)])
#: orders_by_city([])
#: orders_by_city([(9, None, 0)])
#: orders_by_city([(4, "Ål", 1), (4, "Ål", 2)])


def section_totals(rows):
    out = []
    for dept, lines in groupby(sorted(rows), key=itemgetter(0)):
        out.append((dept, sum(cost for _, cost in lines)))
    return out
#: section_totals([("it", 5), ("hr", 2), ("it", 1)])
#: section_totals([("x", -1.5)])
#: section_totals([])


def render_table(rows):
    widths = [max(len(str(c)) for c in col) for col in zip(*rows)]
    lines = []
    for row in rows:
        lines.append(" | ".join(str(c).ljust(w) for c, w in zip(row, widths)).rstrip())
    return "\n".join(lines)
#: render_table([["id", "name"], [1, "Ann"], [12, "Bo"]])
#: render_table([["é", ""]])
#: render_table([])


def records_from(header, *rows):
    recs = []
    for n, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise ValueError(f"row {n}: expected {len(header)} cells, got {len(row)}")
        recs.append(dict(zip(header, row)))
    return recs
#: records_from(["sku", "qty"], ["A1", 3], ["B2", 0])
#: records_from([], [])
#: records_from(("x",))
#: records_from(["a", "b"], [1, 2], [3])


def to_table(dicts):
    cols = []
    for d in dicts:
        cols.extend(k for k in d if k not in cols)
    return [cols] + [[d.get(c, "") for c in cols] for d in dicts]
#: to_table([{"a": 1, "b": 2}, {"b": 3, "c": 4}])
#: to_table([{}])
#: to_table([])


def neighbours_alive(field, r, c):
    count = 0
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            if dr == dc == 0:
                continue
            y, x = r + dr, c + dc
            if 0 <= y < len(field) and 0 <= x < len(field[y]):
                count += field[y][x] == "#"
    return count
#: neighbours_alive(["#.#", "...", "##."], 1, 1)
#: neighbours_alive(["##", "##"], 0, 0)
#: neighbours_alive(["#"], 0, 0)


def draw_box(width, height, fill=" "):
    canvas = [[fill] * width for _ in range(height)]
    for x in range(width):
        canvas[0][x] = canvas[-1][x] = "-"
    for y in range(height):
        canvas[y][0] = canvas[y][-1] = "|"
    return ["".join(line) for line in canvas]
#: draw_box(4, 3)
#: draw_box(2, 2, ".")
#: draw_box(1, 1)
#: draw_box(5, 2)


def stamp(grid, shape, top, left):
    for dy, line in enumerate(shape):
        for dx, ch in enumerate(line):
            if ch != " ":
                grid[top + dy][left + dx] = ch
    return list(map("".join, grid))
#: stamp([list("...."), list("....")], ["/\\", "\\/"], 0, 1)
#: stamp([["."]], [" "], 0, 0)
#: stamp([list("ab"), list("cd")], ["x"], -1, -1)
#: stamp([list("..")], ["xxx"], 0, 0)


def mat_apply(m, v):
    result = []
    for row in m:
        acc = 0
        for a, b in zip(row, v):
            acc += a * b
        result.append(acc)
    return result
#: mat_apply([[1, 2], [3, 4]], [5, 6])
#: mat_apply([[0, -1], [1, 0]], (2, 3))
#: mat_apply([], [1])
#: mat_apply([[0.5, 0.5]], [1, 2, 3])


def normalise_rows(m):
    out = []
    for row in m:
        s = sum(row)
        out.append([str(Fraction(x, s)) for x in row] if s else ["0"] * len(row))
    return out
#: normalise_rows([[1, 3], [2, 2, 2]])
#: normalise_rows([[0, 0], [5]])
#: normalise_rows([[1, -1], []])


def travel_cost(fares, stops):
    if any(not 0 <= s < len(fares) for s in stops):
        raise ValueError("unknown stop")
    there = sum(fares[a][b] for a, b in zip(stops, stops[1:]))
    back = sum(fares[stops[~i]][stops[~i - 1]] for i in range(len(stops) - 1))
    return there, back
#: travel_cost([[0, 7, 6], [9, 0, 1], [4, 3, 0]], [0, 1, 2])
#: travel_cost([[5]], [0, 0])
#: travel_cost([], [])
#: travel_cost([[1, 2]], [0, 1])


def inventory_value(warehouses):
    return {w["name"]: sum(q * p for _, q, p in w["stock"]) for w in warehouses}
#: inventory_value([{"name": "N", "stock": [("nut", 100, 2), ("bolt", 10, 5)]}, {"name": "S", "stock": []}])
#: inventory_value([])
#: inventory_value([{"name": "E", "stock": [("cog", 1, 0.5)]}])


def pivot(rows):
    table, cols = {}, set()
    for who, day, hours in rows:
        cols.add(day)
        line = table.setdefault(who, {})
        line[day] = line.get(day, 0) + hours
    order = sorted(cols)
    return [[who, *(line.get(d, 0) for d in order)] for who, line in table.items()]
#: pivot([("al", "mon", 4), ("bo", "tue", 2), ("al", "mon", 3)])
#: pivot([("x", 1, 1)])
#: pivot([])


def left_join(people, teams):
    lookup = {tid: name for tid, name in teams}
    return [(p, lookup.get(tid, "-")) for p, tid in people]
#: left_join([("ann", 1), ("bob", 9)], [(1, "red"), (2, "blue")])
#: left_join([], [(1, "red")])
#: left_join([("cy", None)], [])


def inner_join(left, right, key):
    joined = []
    for a in left:
        for b in right:
            if a[key] == b[key]:
                joined.append(a | b)
    return joined
#: inner_join([{"id": 1, "n": "pen"}, {"id": 2, "n": "cap"}], [{"id": 2, "qty": 7}], "id")
#: inner_join([{"k": 0}], [{"k": False, "v": 1}], "k")
#: inner_join([], [], "x")
#: inner_join([{"id": 1, "v": "l"}], [{"id": 1, "v": "r"}, {"id": 1}], "id")


def dedupe_rows(rows, *keys):
    seen = set()
    unique = []
    for row in rows:
        sig = tuple(row[k] for k in keys) if keys else tuple(row.values())
        if sig not in seen:
            seen.add(sig)
            unique.append(row)
    return unique
#: dedupe_rows([{"a": 1, "b": 2}, {"a": 1, "b": 3}], "a")
#: dedupe_rows([{"a": 1}, {"a": 1}, {"a": 2}])
#: dedupe_rows([], "x")
#: dedupe_rows([{"tags": []}])


def pluck(rows, path, default=None):
    out = []
    for node in rows:
        for part in path.split("."):
            if isinstance(node, dict):
                node = node.get(part, default)
            elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
                node = node[int(part)]
            else:
                node = default
                break
        out.append(node)
    return out
#: pluck([{"user": {"name": "Al"}}, {"user": None}], "user.name")
#: pluck([{"x": [5, 6]}, {"x": [7]}], "x.1", default=-1)
#: pluck([], "a")
#: pluck([{"a": 1}], "b")


def comment_depths(thread, level=0):
    if not thread:
        return []
    depths = [level]
    for reply in thread[1:]:
        depths += comment_depths(reply, level + 1)
    return depths
#: comment_depths(["hi", ["yo", ["sup"]], ["hey"]])
#: comment_depths(["alone"])
#: comment_depths([])
#: comment_depths(["a", [], ["b"]], 3)


def flat_leaves(node, prefix=""):
    for i, child in enumerate(node):
        label = f"{prefix}{i}"
        if isinstance(child, (list, tuple)):
            yield from flat_leaves(child, label + ".")
        else:
            yield label, child


def leaf_labels(tree):
    return [f"{k}={v}" for k, v in flat_leaves(tree)]
#: leaf_labels(["a", ["b", ["c"]], "d"])
#: leaf_labels([])
#: leaf_labels([[], [[5]]])


def edit_cell(sheet, ref, value):
    col = ord(ref[0].upper()) - ord("A")
    row = int(ref[1:]) - 1
    if row < 0:
        raise ValueError(f"bad cell {ref}")
    while len(sheet) <= row:
        sheet.append([])
    line = sheet[row]
    line.extend([None] * (col + 1 - len(line)))
    line[col] = value
    return sheet
#: edit_cell([], "b2", 7)
#: edit_cell([[1, 2], [3]], "A2", "x")
#: edit_cell([[1]], "C1", 0)
#: edit_cell([[1]], "A0", 9)


def shallow_or_deep(plan):
    a = copy.copy(plan)
    b = copy.deepcopy(plan)
    plan[0].append("late")
    plan.append(["extra"])
    return a, b, a[0] is plan[0], b[0] is plan[0]
#: shallow_or_deep([["mon"], ["tue"]])
#: shallow_or_deep([[]])
#: shallow_or_deep([[1, 2], [3], []])


def add_child(forest, parent, child):
    for name, kids in forest:
        if name == parent:
            kids.append((child, []))
            return True
        if add_child(kids, parent, child):
            return True
    return False


def build_forest(edges):
    forest = [("root", [])]
    orphans = [c for p, c in edges if not add_child(forest, p, c)]
    return forest, orphans
#: build_forest([("root", "a"), ("a", "b"), ("zz", "q")])
#: build_forest([])
#: build_forest([("root", "x"), ("root", "y")])


def invoice_total(lines):
    total = Decimal("0")
    for line in lines:
        price = Decimal(line["price"]) * line.get("qty", 1)
        if discount := line.get("off"):
            price -= price * discount / 100
        total += price
    return str(total.quantize(Decimal("0.01")))
#: invoice_total([{"price": "9.99", "qty": 3}, {"price": "100", "off": 15}])
#: invoice_total([])
#: invoice_total([{"price": "0.005"}])
#: invoice_total([{"price": "1e2", "qty": 2, "off": 0}])


@dataclass
class Item:
    name: str
    qty: int = 1


def stock_rows(pairs):
    items = [Item(*p) for p in pairs]
    items[0].qty += 10
    return [asdict(i) for i in items if i != Item(i.name)]
#: stock_rows([("nail", 40), ("glue",), ("saw", 2)])
#: stock_rows([("a", -9)])
#: stock_rows([("pin", 1), ("cap", 1), ("cup", 0)])


def busiest_hour(visits):
    hours = Counter(int(time[:2]) for day in visits for time in day)
    if not hours:
        return None
    hour, n = hours.most_common(1)[0]
    return f"{hour}h ({n})"
#: busiest_hour([["09:15", "10:01"], ["09:50"]])
#: busiest_hour([[], []])
#: busiest_hour([["00:00"]])
#: busiest_hour([["23:59", "23:00", "08:30"]])


def edges_to_lists(edges, directed=False):
    adj = {}
    for a, b in edges:
        adj.setdefault(a, []).append(b)
        back = adj.setdefault(b, [])
        if not directed and a != b:
            back.append(a)
    return [[k, *v] for k, v in sorted(adj.items())]
#: edges_to_lists([("a", "b"), ("b", "c")])
#: edges_to_lists([(1, 2), (1, 3)], directed=True)
#: edges_to_lists([("x", "x")])
#: edges_to_lists([])


def spread_fire(forest, steps):
    burning = [(r, c) for r, row in enumerate(forest) for c, ch in enumerate(row) if ch == "*"]
    cells = [list(row) for row in forest]
    for _ in range(steps):
        caught = []
        for r, c in burning:
            for y, x in ((r + 1, c), (r, c + 1)):
                if y < len(cells) and x < len(cells[y]) and cells[y][x] == "T":
                    cells[y][x] = "*"
                    caught.append((y, x))
        burning = caught
    return ["".join(row) for row in cells]
#: spread_fire(["*TT", "T.T"], 1)
#: spread_fire(["*TT", "T.T"], 3)
#: spread_fire(["TT"], 5)
#: spread_fire([], 1)


def full_rows(bingo, called):
    marked = [["*" if n in called else str(n) for n in row] for row in bingo]
    rows = [i for i, row in enumerate(marked) if set(row) == {"*"}]
    cols = [j for j, col in enumerate(zip(*marked)) if all(c == "*" for c in col)]
    if rows or cols:
        return "bingo", rows, cols
    return "wait", min((len(row) - row.count("*") for row in marked), default=0)
#: full_rows([[1, 2, 3], [4, 5, 6], [7, 8, 9]], {4, 5, 6, 2, 8})
#: full_rows([[1, 2], [3, 4]], [1, 4])
#: full_rows([], [])
#: full_rows([[7]], (7,))


def fold_deck(rows):
    """Zigzag the rows: every other one reversed, all in a single list."""
    out = []
    for i, row in enumerate(rows):
        out += row if i % 2 == 0 else reversed(row)
    return out
#: fold_deck([[1, 2], [3, 4], [5, 6]])
#: fold_deck(["ab", "cd"])
#: fold_deck([[], [9]])
#: fold_deck([])


def fence_tiles(garden, post="+"):
    if len(garden) < 2:
        return list(chain(*garden))
    top, *mid, bottom = garden
    sides = [(row[0], row[-1]) for row in mid]
    middle = [f"{left}{right}" for left, right in sides]
    return [post, *top, *middle, *bottom, post]
#: fence_tiles(["abc", "dxf", "ghi"])
#: fence_tiles(["ab", "cd"], post="|")
#: fence_tiles([[5, 6]])
#: fence_tiles([])


def tag_index(posts):
    index = {}
    for n, (title, *tags) in enumerate(posts):
        for tag in tags:
            index.setdefault(tag.strip("# "), set()).add(n)
    return {tag: sorted(ids) for tag, ids in sorted(index.items())}
#: tag_index([("Intro", "#py", "#web"), ("More", "#py ")])
#: tag_index([("No tags",)])
#: tag_index([])
#: tag_index([("x", "#b", "#a"), ()])


def fill_defaults(rows, defaults):
    return [dict(ChainMap(row, defaults)) for row in rows]
#: fill_defaults([{"port": 80}, {}], {"host": "local", "port": 1})
#: fill_defaults([], {"a": 1})
#: fill_defaults([{"a": None}], {"a": 1})


def timetable(classes, periods):
    grid = {day: ["free"] * periods for day in ("Mon", "Tue")}
    clashes = []
    for day, slot, subject in classes:
        slots = grid[day]
        if slots[slot] == "free":
            slots[slot] = subject
        else:
            clashes.append((day, slot, slots[slot], subject))
    return grid, clashes
#: timetable([("Mon", 0, "art"), ("Mon", 0, "bio"), ("Tue", 1, "gym")], 2)
#: timetable([], 1)
#: timetable([("Tue", -1, "it")], 3)
#: timetable([("Sun", 0, "x")], 2)


def parse_matrix(text):
    return [[float(n) for n in line.split()] for line in text.split(";")]
#: parse_matrix("1 2; 3 4")
#: parse_matrix("5")
#: parse_matrix(" ;1e1")
#: parse_matrix("1 x")


def weighted_grades(students: list[dict], weights: dict) -> list[str]:
    report = []
    for s in students:
        missing = weights.keys() - s["marks"].keys()
        if missing:
            report.append("%s: missing %s" % (s["name"], ", ".join(sorted(missing))))
            continue
        avg = sum(s["marks"][k] * w for k, w in weights.items()) / sum(weights.values())
        report.append("%s: %.1f" % (s["name"], avg))
    return report
#: weighted_grades([{"name": "Jo", "marks": {"ex": 80, "lab": 65}}, {"name": "A", "marks": {}}], {"ex": 2, "lab": 1})
#: weighted_grades([], {"exam": 1})
#: weighted_grades([{"name": "Zoë", "marks": {"a": 1, "b": 9}}], {"a": 1})


def island_bounds(points):
    xs, ys = zip(*points)
    x0, x1 = min(xs), max(xs)
    y0, y1 = min(ys), max(ys)
    return {"corner": (x0, y0), "size": (x1 - x0 + 1, y1 - y0 + 1), "diag": round(math.hypot(x1 - x0, y1 - y0), 2)}
#: island_bounds([(1, 2), (4, 6), (3, 3)])
#: island_bounds([(0, 0)])
#: island_bounds([(-2, 5), (2, -5)])
#: island_bounds([(5, 5), (5, 9)])


def all_cells(rows, cols):
    return [f"R{r}C{c}" for r, c in product(range(1, rows + 1), range(1, cols + 1)) if (r, c) != (1, 1)]
#: all_cells(2, 2)
#: all_cells(1, 1)
#: all_cells(3, 1)
#: all_cells(0, 9)


def json_rows(text, want):
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as err:
        return f"bad json at {err.pos}"
    return [[row.get(w) for w in want] for row in rows if isinstance(row, dict)]
#: json_rows('[{"a": 1, "b": null}, 5, {"b": [2]}]', ["a", "b"])
#: json_rows("[1, 2", ["a"])
#: json_rows("[]", [])
#: json_rows('{"x": 1}', ["x"])


def nest_pairs(words):
    nested = []
    for w in reversed(words):
        nested = [w, nested] if nested else [w]
    return nested
#: nest_pairs(["a", "b", "c"])
#: nest_pairs(["solo"])
#: nest_pairs([])


def unnest_pairs(cell):
    out = []
    while cell:
        head, *rest = cell
        out.append(head)
        cell = rest[0] if rest else None
    return out
#: unnest_pairs(["a", ["b", ["c"]]])
#: unnest_pairs([])
#: unnest_pairs([1, [2, []]])
#: unnest_pairs("xyz")


def sum_same_shape(a, b):
    if isinstance(a, list) and isinstance(b, list):
        if len(a) != len(b):
            raise ValueError(f"shapes differ: {len(a)} and {len(b)}")
        return [sum_same_shape(x, y) for x, y in zip(a, b)]
    return a + b
#: sum_same_shape([[1, 2], [3]], [[10, 20], [30]])
#: sum_same_shape(4, 5)
#: sum_same_shape([], [])
#: sum_same_shape([1, [2]], [1, [2, 3]])


def gravity(board):
    height, width = len(board), len(board[0])
    for x in range(width):
        stones = [board[y][x] for y in range(height) if board[y][x] != "."]
        column = ["."] * (height - len(stones)) + stones
        for y, ch in enumerate(column):
            board[y][x] = ch
    return board
#: gravity([["a", "."], [".", "b"], [".", "."]])
#: gravity([["x"]])
#: gravity([["r", "."], ["g", "."]])
#: gravity([["s", "t", "."], [".", "u", "."]])


def drop_columns(table, *unwanted):
    header, *body = table
    keep = [i for i, h in enumerate(header) if h not in unwanted]
    if not keep:
        return []
    pick = itemgetter(*keep)
    if len(keep) == 1:
        return [[pick(row)] for row in table]
    return [list(pick(row)) for row in (header, *body)]
#: drop_columns([["id", "pw", "mail"], [1, "s3", "a@b"]], "pw")
#: drop_columns([["id", "pw"], [1, "x"], [2, "y"]], "pw", "zip")
#: drop_columns([["a"]], "a")
#: drop_columns([["a", "b"]])


def chain_of_command(staff, name):
    bosses = dict(staff)
    path = [name]
    while (boss := bosses[path[-1]]) is not None:
        if boss in path:
            raise RuntimeError("cycle at " + boss)
        path.append(boss)
    return path
#: chain_of_command([("ceo", None), ("cto", "ceo"), ("dev", "cto")], "dev")
#: chain_of_command([("ceo", None)], "ceo")
#: chain_of_command([("a", "b"), ("b", "a")], "a")


def cash_flow(accounts):
    def walk(node):
        if isinstance(node, (int, float)):
            nonlocal income, costs
            if node >= 0:
                income += node
            else:
                costs -= node
        else:
            for part in node:
                walk(part)
    income = costs = 0
    walk(accounts)
    return income, costs, income - costs
#: cash_flow([100, [-20, [5, -7]], []])
#: cash_flow([])
#: cash_flow([[[0.5]], (-1, 2)])


def level_counts(tree):
    level, counts = [tree], []
    while level:
        counts.append(len(level))
        level = [kid for node in level for kid in node[1:]]
    return counts
#: level_counts(["root", ["a", ["a1"], ["a2"]], ["b"]])
#: level_counts(["leaf"])
#: level_counts(["r", ["x", ["y", ["z"]]]])


def blackout(seats, *blocks):
    plan = [[*row] for row in seats]
    for (r0, c0), (r1, c1) in blocks:
        for row in plan[r0:r1 + 1]:
            row[c0:c1 + 1] = ["x" for _ in row[c0:c1 + 1]]
    free = sum(row.count("o") for row in plan)
    return ["".join(row) for row in plan], free
#: blackout(["oooo", "oooo", "oooo"], ((0, 1), (1, 2)))
#: blackout(["oo", "oo"], ((0, 0), (0, 9)), ((1, 1), (5, 1)))
#: blackout(["ooo"])
#: blackout([], ((0, 0), (1, 1)))


def quiz_score(key, sheets):
    scores = []
    for name, answers in sheets:
        right = sum(a == k for a, k in zip(answers.upper(), key))
        blank = answers.count("-")
        wrong = len(key) - right - blank
        scores.append([name, right - wrong * 0.25])
    scores.sort(key=itemgetter(1), reverse=True)
    return scores
#: quiz_score("ABCD", [("kim", "abca"), ("lou", "AB--"), ("max", "ABCD")])
#: quiz_score("", [("nil", "")])
#: quiz_score("AA", [])
