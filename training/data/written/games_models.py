"""Grids, boards, scores, inventories, queues, turn order and simple simulations."""
import copy
import heapq
from collections import Counter, defaultdict, deque
from itertools import cycle, product, zip_longest


def make_board(width, height, fill="."):
    board = [[fill] * width for _ in range(height)]
    if width and height:
        board[0][0] = "S"
        board[-1][-1] = "E"
    return board
#: make_board(3, 2)
#: make_board(1, 1)
#: make_board(0, 4)
#: make_board(2, 3, fill=" ")


def draw(board, legend=None):
    legend = legend or {0: ".", 1: "#"}
    rows = []
    for row in board:
        rows.append("".join(legend.get(cell, "?") for cell in row))
    return "\n".join(rows)
#: draw([[0, 1, 0], [1, 1, 2]])
#: draw([[5]], {5: "@"})
#: draw([])


def shared_row_bug(n):
    wrong = [[0] * n] * 2
    right = [[0] * n for _ in range(2)]
    for grid in (wrong, right):
        grid[0][-1] = 7
    return wrong, right, wrong[0] is wrong[1]
#: shared_row_bug(2)
#: shared_row_bug(1)
#: shared_row_bug(0)


def drop_disc(columns, col, disc, height=4):
    if not 0 <= col < len(columns):
        raise IndexError(f"no column {col}")
    if len(columns[col]) >= height:
        return False
    columns[col] += disc
    return columns
#: drop_disc(["RY", "", "R"], 1, "Y")
#: drop_disc(["RYRY", ""], 0, "R")
#: drop_disc(["", ""], 2, "R")
#: drop_disc(["R"], 0, "Y", height=1)


def add_items(bag, *finds, capacity=5):
    left = []
    for f in finds:
        if sum(bag.values()) < capacity:
            bag[f] = bag.get(f, 0) + 1
        else:
            left.append(f)
    return bag, left
#: add_items({"rope": 1}, "gem", "gem", "torch")
#: add_items({"rock": 4}, "gem", "map")
#: add_items({}, capacity=0)
#: add_items({}, "key", capacity=0)


def craft(inventory, recipe, product_name):
    missing = {}
    for part, need in recipe.items():
        have = inventory.get(part, 0)
        if have < need:
            missing[part] = need - have
    if missing:
        return missing
    for part, need in recipe.items():
        inventory[part] -= need
        if inventory[part] == 0:
            del inventory[part]
    inventory[product_name] = inventory.setdefault(product_name, 0) + 1
    return inventory
#: craft({"wood": 5, "iron": 1}, {"wood": 2, "iron": 1}, "axe")
#: craft({"wood": 1}, {"wood": 2, "string": 3}, "bow")
#: craft({}, {}, "air")


def leaderboard(scores, top=3):
    ranked = sorted(scores.items(), key=lambda kv: (-kv[1], kv[0]))
    lines = []
    rank = prev = None
    for i, (name, pts) in enumerate(ranked[:top], 1):
        if pts != prev:
            rank, prev = i, pts
        lines.append(f"{rank}. {name:<5}{pts:>4}")
    return lines
#: leaderboard({"ann": 40, "bob": 95, "cy": 40, "di": 7})
#: leaderboard({"x": 0}, top=1)
#: leaderboard({})


def turn_order(players, rounds, skip=()):
    order = deque(players)
    turns = []
    for _ in range(rounds):
        current = order[0]
        order.rotate(-1)
        if current in skip:
            continue
        turns.append(current)
    return turns, order[0]
#: turn_order(["ann", "bo", "cy"], 4)
#: turn_order(["ann", "bo", "cy"], 5, skip=["bo"])
#: turn_order([], 1)
#: turn_order("xy", 0)


def fight(hero, monster):
    rounds = 0
    while hero["hp"] > 0 and monster["hp"] > 0:
        rounds += 1
        monster["hp"] -= max(1, hero["atk"] - monster.get("armor", 0))
        if monster["hp"] <= 0:
            break
        hero["hp"] -= monster["atk"]
    else:
        return f"hero falls in round {rounds}"
    return f"won in {rounds} with {hero['hp']} hp"
#: fight({"hp": 20, "atk": 6}, {"hp": 15, "atk": 4})
#: fight({"hp": 5, "atk": 1}, {"hp": 9, "atk": 3, "armor": 2})
#: fight({"hp": 0, "atk": 9}, {"hp": 1, "atk": 1})
#: fight({"hp": 5}, {"hp": 9, "atk": 3})


def neighbours(r, c, rows, cols, diagonal=False):
    found = []
    for dr, dc in product((-1, 0, 1), repeat=2):
        if dr == dc == 0 or (dr and dc and not diagonal):
            continue
        if 0 <= r + dr < rows and 0 <= c + dc < cols:
            found.append((r + dr, c + dc))
    return found
#: neighbours(0, 0, 3, 3)
#: neighbours(1, 1, 3, 2, diagonal=True)
#: neighbours(0, 0, 1, 1, True)
#: neighbours(2, 5, 3, 6)


def spread_fire(forest, steps=1):
    for _ in range(steps):
        new = [list(row) for row in forest]
        for i, row in enumerate(forest):
            for j, cell in enumerate(row):
                if cell == "F":
                    new[i][j] = "_"
                elif cell == "T" and "F" in (row[j - 1:j] + row[j + 1:j + 2]):
                    new[i][j] = "F"
        forest = ["".join(r) for r in new]
    return forest
#: spread_fire(["TFT_T"])
#: spread_fire(["FTTT", "TTTF"], 2)
#: spread_fire([], 3)
#: spread_fire(["TT"], steps=0)


def supermarket(arrivals, tills=2):
    lanes = [[] for _ in range(tills)]
    for name, items in arrivals:
        lane = min(lanes, key=lambda q: sum(n for _, n in q))
        lane.append((name, items))
    return [" ".join(name for name, _ in lane) for lane in lanes]
#: supermarket([("al", 10), ("bo", 2), ("cy", 3), ("di", 1)])
#: supermarket([], tills=3)
#: supermarket([("al", 1)], 0)


def dungeon(layout, moves):
    r, c = next((i, row.index("@")) for i, row in enumerate(layout) if "@" in row)
    gold = 0
    for m in moves:
        dr, dc = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}[m]
        if layout[r + dr][c + dc] == "#":
            continue
        r, c = r + dr, c + dc
        if layout[r][c] == "$":
            gold += 10
            layout[r] = layout[r][:c] + "." + layout[r][c + 1:]
    return (r, c), gold
#: dungeon(["#####", "#@$.#", "#####"], "rrrl")
#: dungeon(["####", "#@.#", "#.$#", "####"], "drul")
#: dungeon(["#.#"], "u")
#: dungeon(["###", "#@#", "###"], "udx")


def deal(deck, players, each):
    hands = {p: [] for p in players}
    for _ in range(each):
        for p in players:
            if not deck:
                return hands
            hands[p].append(deck.pop())
    return hands
#: deal(["2H", "KD", "9S", "AC", "3D"], ["n", "s"], 2)
#: deal([1, 2, 3], "abcd", 1)
#: deal([], ["x"], 2)
#: deal(["JH"], [], 1)


def rabbit_model(pairs, food, years):
    log = []
    for year in range(1, years + 1):
        young = pairs // 2
        eaten = min(food, pairs)
        starved = pairs - eaten
        pairs = pairs + young - starved
        food += 3
        log.append((year, pairs))
        if pairs <= 0:
            break
    return log
#: rabbit_model(10, 8, 3)
#: rabbit_model(4, 100, 2)
#: rabbit_model(0, 5, 4)
#: rabbit_model(1, 0, 3)


def auction(bids, reserve=0):
    best, holder, price = reserve, None, reserve
    for who, amount in bids:
        if amount > best:
            price = best if holder is not None and holder != who else price
            best, holder = amount, who
        elif holder is not None and amount > price:
            price = amount
    return {"winner": holder, "pays": price} if holder else None
#: auction([("ann", 50), ("bo", 70), ("cy", 60)])
#: auction([("ann", 10)], reserve=15)
#: auction([("ann", 20), ("ann", 30), ("bo", 25)], reserve=5)
#: auction([])


def seat_guests(guests, tables, size=2):
    plan = defaultdict(list)
    for g, t in zip(guests, cycle(tables)):
        if len(plan[t]) == size:
            plan["standing"].append(g)
        else:
            plan[t].append(g)
    return dict(plan)
#: seat_guests(["a", "b", "c", "d", "e"], [1, 2])
#: seat_guests(["a", "b", "c"], ["top"], size=1)
#: seat_guests([], [1])
#: seat_guests(["a"], [])


def elo_change(rating_a, rating_b, score, k=32):
    expected = 1 / (1 + 10 ** ((rating_b - rating_a) / 400))
    delta = round(k * (score - expected))
    return rating_a + delta, rating_b - delta
#: elo_change(1500, 1500, 1)
#: elo_change(1800, 1400, 0)
#: elo_change(1200, 1600, 0.5, k=20)


def event_loop(events, until):
    heapq.heapify(events)
    now, handled = 0, []
    while events and events[0][0] <= until:
        now, name = heapq.heappop(events)
        handled.append(f"{now}:{name}")
        if name.endswith("*"):
            heapq.heappush(events, (now + 4, name.rstrip("*")))
    return handled, len(events)
#: event_loop([(5, "tick"), (1, "spawn*"), (9, "end")], 8)
#: event_loop([], 3)
#: event_loop([(2, "b"), (2, "a")], 2)
#: event_loop([(1, "x"), (1, None)], 1)


def trade(a, b, give, take):
    try:
        i, j = a.index(give), b.index(take)
    except ValueError as err:
        return str(err)
    a[i], b[j] = b[j], a[i]
    return a, b
#: trade(["hat", "map"], ["gem"], "map", "gem")
#: trade(["hat"], ["gem"], "map", "gem")
#: trade([1, 1], [2], 1, 2)
#: trade([], [], "x", "y")


def clear_lines(well):
    width = len(well[0])
    kept = [row for row in well if "." in row]
    cleared = len(well) - len(kept)
    well[:] = ["." * width] * cleared + kept
    points = (0, 100, 300, 500, 800)[cleared]
    return well, points
#: clear_lines(["..#", "###", "#.#"])
#: clear_lines(["##", "##"])
#: clear_lines(["."])
#: clear_lines([])


def tug_of_war(pulls, length=3):
    pos = 0
    for n, (left, right) in enumerate(pulls):
        pos += (right > left) - (right < left)
        if abs(pos) == length:
            side = "right" if pos > 0 else "left"
            return f"{side} wins after {n + 1}"
    return pos
#: tug_of_war([(5, 6), (4, 9), (1, 2)])
#: tug_of_war([(2, 1), (3, 3)], length=1)
#: tug_of_war([])
#: tug_of_war([(1, 2), (2, 1), (1, 1)])


def predict_traffic(road, steps):
    cars = {i for i, ch in enumerate(road) if ch == ">"}
    n = len(road)
    for _ in range(steps):
        cars = {i if (i + 1) % n in cars else (i + 1) % n for i in cars}
    return "".join(">" if i in cars else "." for i in range(n))
#: predict_traffic(">>.>.", 2)
#: predict_traffic("...", 5)
#: predict_traffic(">", 1)
#: predict_traffic("", 0)


def level_up(player, xp):
    player = {**player, "xp": player.get("xp", 0) + xp}
    while player["xp"] >= (need := player["level"] * 100):
        player["xp"] -= need
        player["level"] += 1
        player.setdefault("perks", []).append(f"perk{player['level']}")
    return player
#: level_up({"level": 1}, 350)
#: level_up({"level": 2, "xp": 150}, 49)
#: level_up({"level": 3, "perks": ["old"]}, 300)
#: level_up({}, 10)


def battleship(ships, shots):
    afloat = {name: set(cells) for name, cells in ships.items()}
    report = []
    for shot in shots:
        for name, cells in afloat.items():
            if shot in cells:
                cells.discard(shot)
                report.append("hit" if cells else f"sunk {name}")
                break
        else:
            report.append("miss")
    return report, not any(afloat.values())
#: battleship({"sub": ["A1"], "tug": ["B1", "B2"]}, ["A1", "C3", "B2"])
#: battleship({"raft": ["D4"]}, ["D4", "D4"])
#: battleship({}, ["A1"])
#: battleship({"sub": ["A1"]}, [])


def play_dice(rolls, target=20):
    score = turn = 0
    for r in rolls:
        if r == 1:
            turn = 0
        elif r is None:
            score += turn
            turn = 0
        else:
            turn += r
        if score + turn >= target:
            return "win", score + turn
    return "playing", score
#: play_dice([6, 5, None, 4, 1, 6, 3])
#: play_dice([1, 1])
#: play_dice([3, None, 2, None], target=50)
#: play_dice([])
#: play_dice([4, "6"])


def stock_check(shelves, sales):
    low = set()
    for item, n in sales:
        shelf = next((s for s in shelves if item in s), None)
        if shelf is None:
            raise LookupError(f"{item} is nowhere")
        shelf[item] = max(shelf[item] - n, 0)
        if shelf[item] < 3:
            low.add(item)
    return sorted(low)
#: stock_check([{"nut": 5, "bolt": 9}, {"nail": 2}], [("nut", 3), ("bolt", 1)])
#: stock_check([{"nut": 5}], [("nut", 9), ("nut", 1)])
#: stock_check([{}], [("glue", 1)])
#: stock_check([], [])


def bounce(width, start, speed, ticks):
    x, v, seen = start, speed, []
    for _ in range(ticks):
        x += v
        if x < 0 or x >= width:
            v = -v
            x += 2 * v
        seen.append(x)
    return seen
#: bounce(5, 3, 1, 4)
#: bounce(4, 0, -1, 2)
#: bounce(10, 2, 3, 6)
#: bounce(3, 1, 0, 0)


def league_table(games):
    points = Counter()
    diff = Counter()
    for line in games:
        teams, score = line.rsplit(" ", 1)
        home, away = teams.split("-")
        h, a = map(int, score.split(":"))
        diff.update({home: h - a, away: a - h})
        points.update({home: 3 * (h > a) + (h == a), away: 3 * (a > h) + (h == a)})
    return sorted(points, key=lambda t: (points[t], diff[t]), reverse=True)
#: league_table(["AIK-HIF 2:0", "HIF-MFF 1:1", "MFF-AIK 3:0"])
#: league_table(["A-B 0:0"])
#: league_table([])
#: league_table(["A-B"])


def save_and_rewind(state, actions):
    snapshots = []
    for act in actions:
        if act == "save":
            snapshots.append(copy.deepcopy(state))
        elif act == "rewind":
            state = snapshots.pop()
        else:
            state["log"].append(act)
            state["turn"] += 1
    return state
#: save_and_rewind({"turn": 1, "log": []}, ["move", "save", "die", "rewind", "hide"])
#: save_and_rewind({"turn": 0, "log": ["x"]}, [])
#: save_and_rewind({"turn": 0, "log": []}, ["rewind"])


def water_tank(level, inflow, leak=0.1, cap=100):
    history = [level]
    for amount in inflow:
        level = (level + amount) * (1 - leak)
        if level > cap:
            print("overflow", round(level - cap, 1))
            level = cap
        history.append(round(level, 1))
    return history
#: water_tank(50, [10, 0, 20])
#: water_tank(95, [50], leak=0)
#: water_tank(0, [])
#: water_tank(10, [-10, 5], 0.5)


def escape_room(doors, keys):
    opened, held = [], set(keys)
    changed = True
    while changed:
        changed = False
        for name, (needs, inside) in doors.items():
            if name not in opened and held.issuperset(needs):
                opened.append(name)
                held |= set(inside)
                changed = True
    return opened, len(doors) - len(opened)
#: escape_room({"exit": (["gold"], []), "hall": (["iron"], ["gold"])}, ["iron"])
#: escape_room({"safe": ("xy", "z")}, "x")
#: escape_room({}, [])


def production_line(parts, stations):
    slots = [None] * stations
    finished = []
    queue = list(parts)
    ticks = 0
    while queue or any(s is not None for s in slots):
        done = slots.pop()
        if done is not None:
            finished.append(done)
        slots.insert(0, queue.pop(0) if queue else None)
        ticks += 1
    return ticks, finished
#: production_line(["a", "b"], 3)
#: production_line([], 2)
#: production_line(["x"], 1)
#: production_line(["x"], 0)


def parse_fen_row(row):
    squares = []
    for ch in row:
        if ch.isdigit():
            squares.extend("." * int(ch))
        elif ch.lower() in "pnbrqk":
            squares.append(ch)
        else:
            raise ValueError("unknown piece %r" % ch)
    if len(squares) != 8:
        raise ValueError(f"{len(squares)} squares")
    return " ".join(squares)
#: parse_fen_row("r1bqk2r")
#: parse_fen_row("8")
#: parse_fen_row("pp1x4")
#: parse_fen_row("ppp")


def best_move(position, moves, values):
    options = {}
    for m in moves:
        target = chr(ord(position[0]) + m[0]) + str(int(position[1]) + m[1])
        if "a" <= target[0] <= "h" and target[1:] in "12345678":
            options[target] = values.get(target, 0)
    if not options:
        return None
    return max(options, key=options.get)
#: best_move("b1", [(1, 2), (-1, 2), (2, 1)], {"c3": 1, "a3": 5})
#: best_move("h8", [(1, 0), (0, 1)], {})
#: best_move("d4", [(0, 0)], {})


def hunger_clock(pets, hours):
    for h in range(hours):
        for name, stats in list(pets.items()):
            stats[0] -= stats[1]
            if stats[0] <= 0:
                print(f"{name} ran away at hour {h}")
                pets.pop(name)
    return sorted(pets)
#: hunger_clock({"cat": [10, 3], "dog": [4, 2]}, 2)
#: hunger_clock({"fish": [1, 0]}, 5)
#: hunger_clock({}, 3)


def vote_out(ballots):
    while ballots:
        tally = Counter(b[0] for b in ballots if b)
        if not tally:
            break
        leader, votes = tally.most_common(1)[0]
        if votes * 2 > tally.total():
            return leader
        loser = min(sorted(tally), key=tally.__getitem__)
        ballots = [[c for c in b if c != loser] for b in ballots]
    return None
#: vote_out([["ann", "bo"], ["bo", "ann"], ["cy", "bo"]])
#: vote_out([["x"], ["x"]])
#: vote_out([])
#: vote_out([[], []])


def roll_initiative(fighters):
    order = sorted(fighters, key=lambda f: (f["roll"] + f.get("dex", 0), f["name"]), reverse=True)
    surprised = [f["name"] for f in order if f.get("surprised", False)]
    return [f["name"] for f in order if f["name"] not in surprised] + surprised
#: roll_initiative([{"name": "elf", "roll": 12, "dex": 3}, {"name": "orc", "roll": 14}])
#: roll_initiative([{"name": "a", "roll": 5, "surprised": True}, {"name": "b", "roll": 1}])
#: roll_initiative([])
#: roll_initiative([{"name": "ghost"}])


def path_cost(terrain, path):
    costs = {".": 1, "~": 3, "^": 5}
    total = 0
    for (r1, c1), (r2, c2) in zip(path, path[1:]):
        assert abs(r1 - r2) + abs(c1 - c2) == 1, f"jump to {r2},{c2}"
        total += costs[terrain[r2][c2]]
    return total
#: path_cost(["..~", "^^."], [(0, 0), (0, 1), (0, 2), (1, 2)])
#: path_cost(["..", ".."], [(0, 0), (1, 1)])
#: path_cost(["#"], [(0, 0)])
#: path_cost([".", "#"], [(0, 0), (1, 0)])


def clinic(patients, doctors=1):
    waiting = [(-urgency, i, name) for i, (name, urgency) in enumerate(patients)]
    heapq.heapify(waiting)
    rounds = []
    while waiting:
        batch = [heapq.heappop(waiting)[2] for _ in range(min(doctors, len(waiting)))]
        rounds.append(batch)
    return rounds
#: clinic([("al", 2), ("bo", 9), ("cy", 2)])
#: clinic([("al", 1), ("bo", 5), ("cy", 3)], doctors=2)
#: clinic([])


def unlock_achievements(stats):
    rules = (
        ("first blood", stats.get("kills", 0) >= 1),
        ("pacifist", stats.get("kills") == 0),
        ("rich", stats.get("gold", 0) > 999),
        ("marathon", sum(stats.get("distance", [])) >= 42),
    )
    earned = [name for name, ok in rules if ok]
    return f"{len(earned)}/{len(rules)}", earned
#: unlock_achievements({"kills": 3, "gold": 1500})
#: unlock_achievements({"kills": 0, "distance": [20, 22.5]})
#: unlock_achievements({})
#: unlock_achievements({"distance": 50})


def scroll_map(world, x, y, w=3, h=2):
    view = []
    for row in world[y:y + h]:
        view.append(row[x:x + w].ljust(w, "~"))
    view.extend(["~" * w for _ in range(h - len(view))])
    return view
#: scroll_map(["abcd", "efgh", "ijkl"], 1, 1)
#: scroll_map(["abcd", "efgh"], 3, 1)
#: scroll_map([], 0, 0, w=2, h=1)
#: scroll_map(["xyz"], -2, 0)


def territory(board, players="AB"):
    counts = dict.fromkeys(players, 0)
    for y, row in enumerate(board):
        for x, owner in enumerate(row):
            if owner in counts:
                counts[owner] += 2 if x == 0 or y == 0 else 1
    best = max(counts.values())
    leaders = [p for p in players if counts[p] == best]
    return leaders[0] if len(leaders) == 1 else tuple(leaders), counts
#: territory(["A.B", "BBA"])
#: territory(["..", ".."])
#: territory([], players="X")
#: territory(["A"], "")


def dart_round(start, throws):
    """Count down from start; a round that goes below zero is thrown away."""
    left = start
    for t in throws:
        factor = {"D": 2, "T": 3}.get(t[:1], 1)
        try:
            points = int(t.lstrip("DT")) * factor
        except ValueError:
            points = 50 if t == "BULL" else 0
        left -= points
        if left < 0:
            return start, "bust"
        if not left:
            return 0, "checkout"
    return left, "next"
#: dart_round(301, ["T20", "5", "BULL"])
#: dart_round(40, ["D20", "1"])
#: dart_round(12, ["miss", "T5"])
#: dart_round(60, [])


def buy_upgrades(gold, shop, wishes):
    owned = []
    for wish in wishes:
        try:
            price, *requires = shop[wish]
        except KeyError:
            print("not sold:", wish)
            continue
        if price > gold or not all(r in owned for r in requires):
            continue
        gold -= price
        owned.append(wish)
    return gold, owned
#: buy_upgrades(100, {"sword": (40,), "rune": (30, "sword"), "boat": (90,)}, ["sword", "boat", "rune"])
#: buy_upgrades(100, {"rune": (30, "sword")}, ["rune", "crown"])
#: buy_upgrades(0, {}, [])
#: buy_upgrades(9, {"junk": ()}, ["junk"])


def place_building(grid, shape, top, left):
    for dy, line in enumerate(shape):
        for dx, mark in enumerate(line):
            if mark == " ":
                continue
            if grid[top + dy][left + dx] != ".":
                raise ValueError(f"blocked at row {top + dy}, column {left + dx}")
            grid[top + dy][left + dx] = mark
    return ["".join(row) for row in grid]
#: place_building([list("...."), list("....")], ["HH", " H"], 0, 1)
#: place_building([list("..x")], ["HHH"], 0, 0)
#: place_building([list("..")], ["HH"], 0, 1)
#: place_building([["."]], [], 5, 5)


def dialogue(script, choices):
    node, said = "start", []
    picks = iter(choices)
    while node is not None:
        line, options = script[node]
        said.append(line)
        if not options:
            return said
        try:
            node = options[next(picks)]
        except StopIteration:
            said.append("...")
            node = None
        except IndexError:
            said.append("What?")
    return said
#: dialogue({"start": ("Hi!", ["shop", "bye"]), "shop": ("Buy?", ["bye"]), "bye": ("Bye.", [])}, [0, 0])
#: dialogue({"start": ("Hi!", ["bye"]), "bye": ("Bye.", [])}, [3, 0])
#: dialogue({"start": ("Hi!", ["start"])}, [0])
#: dialogue({}, [])


def draw_from_bag(bag, word):
    tiles = list(bag)
    used = 0
    for letter in word.lower():
        if letter in tiles:
            tiles.remove(letter)
        elif "?" in tiles:
            tiles[tiles.index("?")] = "!"
            used += 1
        else:
            raise LookupError(f"no {letter} left for {word}")
    return "".join(sorted(tiles)), used
#: draw_from_bag("catdog?", "Coat")
#: draw_from_bag("ab?", "abba")
#: draw_from_bag("x?z", "zoo")
#: draw_from_bag("xyz", "")


def weather_walk(start, days, rules):
    today, diary = start, [start[0].upper()]
    for day in range(days):
        options = rules.get(today)
        if options is None:
            raise KeyError(f"no rule for {today}")
        today = options[day % len(options)]
        diary.append(today[:1].upper())
    return "-".join(diary), today
#: weather_walk("sun", 3, {"sun": ["sun", "rain"], "rain": ["fog"], "fog": ["sun"]})
#: weather_walk("fog", 0, {})
#: weather_walk("sun", 2, {"sun": ["hail"]})
#: weather_walk("rain", 4, {"rain": ["rain", "sun"], "sun": ["rain"]})


def penalty_kicks(home, away):
    score = {"home": 0, "away": 0}
    for n, kicks in enumerate(zip(home, away), start=1):
        for team, kick in zip(score, kicks):
            score[team] += kick in "gG"
        left = 5 - n
        lead = score["home"] - score["away"]
        if left >= 0 and abs(lead) > left or left < 0 and lead:
            return max(score, key=score.get), f"{score['home']}-{score['away']}", n
    return None, "{home}-{away}".format(**score), len(home)
#: penalty_kicks("ggg", "xxx")
#: penalty_kicks("gxgxg", "xgxgg")
#: penalty_kicks("gggggg", "gggggx")
#: penalty_kicks("", "")


def repair_queue(jobs, minutes):
    line = deque(jobs)
    finished = {}
    clock = 0
    while line and clock < minutes:
        job, need = line.popleft()
        if need < 0:
            raise ValueError(f"{job}: negative time")
        spent = min(need, 10)
        clock += spent
        if need > spent:
            line.append((job, need - spent))
        else:
            finished[job] = clock
    return finished, [job for job, _ in line]
#: repair_queue([("bike", 15), ("radio", 5)], 60)
#: repair_queue([("car", 90), ("kite", 10)], 20)
#: repair_queue([("tv", -1)], 5)
#: repair_queue([], 10)
