"""Functions that change lists in place: insert, pop, remove, del, slices assigned, swaps, rotation, aliasing."""

import copy
from collections import deque


def cancel_order(queue, order_id):
    for i, (oid, _) in enumerate(queue):
        if oid == order_id:
            del queue[i]
            return queue
    raise KeyError(order_id)
#: cancel_order([(1, "tea"), (2, "rice"), (3, "soap")], 2)
#: cancel_order([(9, "pen")], 9)
#: cancel_order([(4, "a"), (4, "b")], 4)
#: cancel_order([], 7)


def bump_to_front(recent, path, limit=5):
    if path in recent:
        recent.remove(path)
    recent.insert(0, path)
    del recent[limit:]
    return recent
#: bump_to_front(["a.txt", "b.txt", "c.txt"], "c.txt")
#: bump_to_front(["a.txt", "b.txt"], "new.txt", limit=2)
#: bump_to_front([], "notes.md")
#: bump_to_front(["1", "2", "3", "4", "5"], "6")
#: bump_to_front(["x", "y"], "x", 1)


def drain_batch(jobs, size):
    batch = jobs[:size]
    jobs[:size] = []
    return batch, jobs
#: drain_batch(["resize", "mail", "index", "purge"], 2)
#: drain_batch(["mail"], 10)
#: drain_batch([], 3)
#: drain_batch([1, 2, 3, 4], -1)


def undo_redo(commands):
    done, undone = [], []
    for cmd in commands:
        if cmd == "undo":
            if done:
                undone.append(done.pop())
        elif cmd == "redo":
            if undone:
                done.append(undone.pop())
        else:
            done.append(cmd)
            undone.clear()
    return done, undone
#: undo_redo(["type a", "type b", "undo", "redo"])
#: undo_redo(["draw", "undo", "undo", "fill"])
#: undo_redo(["undo"])
#: undo_redo(["x", "y", "z", "undo", "undo", "redo"])


def swap_seats(row, i, j):
    if i != j:
        guest = row[i]
        row[i] = row[j]
        row[j] = guest
    return " | ".join(row)
#: swap_seats(["Ann", "Bo", "Cy", "Di"], 0, 3)
#: swap_seats(["Ann", "Bo", "Cy"], -1, 1)
#: swap_seats(["Zoë"], 0, 0)
#: swap_seats(["Ann", "Bo"], 1, 2)


def drop_expired(sessions, now):
    i = 0
    removed = 0
    while i < len(sessions):
        if sessions[i]["expires"] <= now:
            sessions.pop(i)
            removed += 1
        else:
            i += 1
    return removed, sessions
#: drop_expired([{"id": 1, "expires": 50}, {"id": 2, "expires": 90}, {"id": 3, "expires": 10}], 60)
#: drop_expired([{"id": "a", "expires": 5}], 5)
#: drop_expired([], 100)
#: drop_expired([{"id": 7, "expires": 8}, {"id": 8, "expires": 9}], 0)


def next_player(order, skips=0):
    for _ in range(skips + 1):
        order.append(order.pop(0))
    return order[0]
#: next_player(["red", "blue", "green"])
#: next_player(["red", "blue", "green"], 1)
#: next_player(["solo"], skips=2)
#: next_player([])


def blank_out(letters, start, stop, mark="*"):
    letters[start:stop] = mark * len(letters[start:stop])
    return "".join(letters)
#: blank_out(list("4111222233334444"), 4, -4)
#: blank_out(["s", "e", "c", "r", "e", "t"], 1, 3, "#")
#: blank_out(list("naïve"), 0, 10)
#: blank_out([], 0, 5)


def insert_section(lines, heading, body):
    try:
        at = lines.index(heading) + 1
    except ValueError:
        lines += [heading]
        at = len(lines)
    lines[at:at] = body
    return lines
#: insert_section(["# Intro", "# Usage", "run it"], "# Intro", ["hello", "there"])
#: insert_section(["# Intro"], "# License", ["MIT"])
#: insert_section([], "# Empty", [])
#: insert_section(["# A", "# A"], "# A", ["x"])


def zero_every(values, step, offset=0):
    n = len(values[offset::step])
    values[offset::step] = [0] * n
    return values
#: zero_every([5, 6, 7, 8, 9], 2)
#: zero_every([1, 2, 3, 4, 5, 6, 7], 3, offset=1)
#: zero_every([1, 2, 3], -1, 2)
#: zero_every([], 4)
#: zero_every([1, 2], 0)


def fold_last_two(stack):
    if len(stack) < 2:
        raise IndexError("stack underflow")
    *rest, a, b = stack
    stack[:] = rest
    stack.append(a + b)
    return stack
#: fold_last_two([1, 2, 3])
#: fold_last_two(["pre", "fix"])
#: fold_last_two([[1], [2], [3, 4]])
#: fold_last_two([8])


def add_default_tags(tags=None, *, extra=("new",)):
    if tags is None:
        tags = []
    original = tags
    tags += [t for t in extra if t not in tags]
    return tags, tags is original
#: add_default_tags()
#: add_default_tags(["sale"])
#: add_default_tags(["new", "hot"], extra=("hot", "cold"))
#: add_default_tags([], extra=())


def rebind_or_mutate(scores, bonus):
    view = scores
    scores = scores + [bonus]
    view.append(-bonus)
    return scores, view, scores is view
#: rebind_or_mutate([10, 20], 5)
#: rebind_or_mutate([], 1)
#: rebind_or_mutate([0.5], 0)


def shared_shelves(width, height):
    shelf = [0] * width
    linked = [shelf] * height
    separate = [shelf[:] for _ in range(height)]
    linked[0][0] = 7
    separate[-1][-1] = 9
    return linked, separate
#: shared_shelves(2, 3)
#: shared_shelves(3, 1)
#: shared_shelves(1, 2)
#: shared_shelves(2, 2)


def snapshot_before(cart, item, qty):
    before = copy.deepcopy(cart)
    for line in cart:
        if line[0] == item:
            line[1] += qty
            break
    else:
        cart.append([item, qty])
    return before, cart
#: snapshot_before([["milk", 1], ["egg", 12]], "egg", 6)
#: snapshot_before([["milk", 1]], "bread", 2)
#: snapshot_before([], "tea", 1)
#: snapshot_before([["milk", 3]], "milk", -3)


def shift_readings(window, reading):
    window[:-1] = window[1:]
    window[-1] = reading
    return sum(window) / len(window)
#: shift_readings([20, 21, 22], 26)
#: shift_readings([0.0, 0.5], -0.5)
#: shift_readings([4], 10)
#: shift_readings([1, 1, 1, 1], 3)


def turn_belt(items, steps):
    belt = deque(items)
    belt.rotate(steps)
    first = belt.popleft() if belt else None
    items[:] = belt
    return first, items
#: turn_belt(["salmon", "tuna", "eel", "roe"], 1)
#: turn_belt(["salmon", "tuna", "eel", "roe"], -2)
#: turn_belt([], 5)
#: turn_belt(["plate"], 100)


def cut_deck(cards, at):
    at %= len(cards)
    top = cards[:at]
    del cards[:at]
    cards.extend(top)
    return cards
#: cut_deck(["A", "K", "Q", "J", "10"], 2)
#: cut_deck(["A", "K", "Q"], -1)
#: cut_deck([7, 8], 4)
#: cut_deck(["x", "y", "z", "w"], -3)


def burn_and_deal(deck, hands, cards_each):
    table = [[] for _ in range(hands)]
    for _ in range(cards_each):
        deck.pop()
        for hand in table:
            hand.append(deck.pop())
    return table, deck
#: burn_and_deal(list(range(10)), 2, 2)
#: burn_and_deal(["2h", "9c", "Kd", "As"], 3, 1)
#: burn_and_deal([1, 2, 3], 2, 0)
#: burn_and_deal([1, 2, 3], 2, 2)


def strip_blank_ends(lines):
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return lines
#: strip_blank_ends(["", "  ", "title", "", "text", "\t"])
#: strip_blank_ends(["", ""])
#: strip_blank_ends(["one"])
#: strip_blank_ends([])


def remove_all(xs, value):
    count = 0
    try:
        while True:
            xs.remove(value)
            count += 1
    except ValueError:
        return count
#: remove_all([3, 1, 3, 3, 2], 3)
#: remove_all(["a", "b"], "z")
#: remove_all([True, 1, 1.0, 2], 1)
#: remove_all([], None)


def pop_matching(inbox, keyword):
    taken = []
    for i in range(len(inbox) - 1, -1, -1):
        if keyword.casefold() in inbox[i].casefold():
            taken.append(inbox.pop(i))
    taken.reverse()
    return taken
#: pop_matching(["Invoice 12", "hello", "INVOICE 13", "lunch?"], "invoice")
#: pop_matching(["Straße closed", "news"], "STRASSE")
#: pop_matching(["a", "b"], "")
#: pop_matching([], "x")


def promote(ranking, name, places=1):
    old = ranking.index(name)
    new = max(0, old - places)
    ranking.insert(new, ranking.pop(old))
    return old - new
#: promote(["kim", "lee", "raj", "sue"], "sue", 2)
#: promote(["kim", "lee"], "kim")
#: promote(["kim", "lee", "raj"], "raj", places=10)
#: promote(["kim"], "bob")


def splice(track, start, delete_count, *items):
    removed = track[start:start + delete_count]
    track[start:start + delete_count] = items
    return removed, track
#: splice(["intro", "verse", "outro"], 1, 1, "chorus", "bridge")
#: splice([1, 2, 3, 4], 0, 2)
#: splice([1, 2], 2, 0, 3)
#: splice([], 5, 1, "x", "y")


def mirror_tail(pixels):
    half = len(pixels) // 2
    for i in range(half):
        pixels[-1 - i] = pixels[i]
    return pixels
#: mirror_tail([1, 2, 3, 4, 5])
#: mirror_tail(["r", "g"])
#: mirror_tail([9])
#: mirror_tail([0, 1, 2, 3, 4, 5, 6])


def stale_alias(config):
    hosts = config["hosts"]
    config["hosts"] = [h.lower() for h in hosts]
    hosts.append("Late.example")
    return hosts, config["hosts"]
#: stale_alias({"hosts": ["A.example", "B.example"]})
#: stale_alias({"hosts": []})
#: stale_alias({"hosts": ["ÄPFEL"], "port": 80})
#: stale_alias({"host": ["a"]})


def keep_latest(history, limit, entry):
    history.append(entry)
    if (extra := len(history) - limit) > 0:
        del history[:extra]
    return history
#: keep_latest(["ls", "cd", "pwd"], 3, "make")
#: keep_latest([], 2, "ls")
#: keep_latest(["a", "b", "c", "d"], 1, "e")
#: keep_latest(["x"], 0, "y")


def cap_values(levels, low, high):
    changed = []
    for i, v in enumerate(levels):
        capped = min(max(v, low), high)
        if capped != v:
            levels[i] = capped
            changed.append(i)
    return changed
#: cap_values([5, 120, -3, 60], 0, 100)
#: cap_values([0.2, 0.9], 0, 1)
#: cap_values([], 0, 1)
#: cap_values([7, 7, 7], 8, 8)


def reverse_span(route, a, b):
    lo, hi = sorted((a, b))
    while lo < hi:
        route[lo], route[hi] = route[hi], route[lo]
        lo += 1
        hi -= 1
    return " > ".join(route)
#: reverse_span(["home", "bank", "gym", "cafe", "work"], 1, 3)
#: reverse_span(["home", "work"], 1, 0)
#: reverse_span(["a", "b", "c", "d"], 0, 3)
#: reverse_span(["here"], 0, 0)


def transfer(src, dst, names):
    missing = []
    for name in names:
        if name not in src:
            missing.append(name)
            continue
        dst.append(src.pop(src.index(name)))
    return src, dst, missing
#: transfer(["axe", "rope", "lamp"], [], ["rope", "map"])
#: transfer(["axe"], ["coin"], ["axe", "axe"])
#: transfer([], [], [])
#: transfer(["a", "b", "c"], ["z"], ["c", "a"])


def bulk_delete(rows, indexes):
    for i in sorted(set(indexes), reverse=True):
        if not -len(rows) <= i < len(rows):
            raise IndexError(f"no row {i}")
        del rows[i]
    return rows
#: bulk_delete(["a", "b", "c", "d", "e"], [0, 3, 3])
#: bulk_delete([10, 20, 30], [])
#: bulk_delete([10, 20, 30], [2, 1, 0])
#: bulk_delete(["only"], [1])


def apply_patch(doc, ops):
    for op in ops:
        match op:
            case ("add", at, text):
                doc.insert(at, text)
            case ("del", at):
                doc.pop(at)
            case ("set", at, text):
                doc[at] = text
            case ("clear",):
                doc.clear()
            case _:
                raise ValueError(f"bad op: {op!r}")
    return doc
#: apply_patch(["one", "two"], [("add", 1, "1.5"), ("del", 0)])
#: apply_patch(["x"], [("set", -1, "y"), ("add", 99, "z")])
#: apply_patch(["a", "b", "c"], [("clear",), ("add", 0, "fresh")])
#: apply_patch(["a"], [("move", 0, 1)])
#: apply_patch([], [])


def make_register(slots):
    cells = [None] * slots

    def store(i, value):
        old, cells[i] = cells[i], value
        return old

    return cells, store


def use_register(slots, writes):
    cells, store = make_register(slots)
    replaced = [store(i, v) for i, v in writes]
    return cells, replaced
#: use_register(3, [(0, "a"), (2, "c"), (0, "z")])
#: use_register(2, [(-1, 5)])
#: use_register(1, [])
#: use_register(2, [(0, 1), (1, 3), (0, 4)])


def pad_rows(table, fill=""):
    width = max(map(len, table), default=0)
    for row in table:
        row.extend([fill] * (width - len(row)))
    return width
#: pad_rows([["a", "b", "c"], ["d"], []])
#: pad_rows([], 0)
#: pad_rows([[1], [2, 3]], fill=0)
#: pad_rows([[], []])


def collapse_moves(moves):
    i = 0
    while i < len(moves) - 1:
        if moves[i][0] == moves[i + 1][0]:
            moves[i] = (moves[i][0], moves[i][1] + moves[i + 1][1])
            del moves[i + 1]
        else:
            i += 1
    return moves
#: collapse_moves([("N", 2), ("N", 3), ("E", 1)])
#: collapse_moves([("W", 1), ("W", 1), ("W", 1)])
#: collapse_moves([("S", 4)])
#: collapse_moves([("N", 1), ("S", 1), ("N", 1)])


def interleave_ads(posts, ad, every=2):
    pos = every
    while pos <= len(posts):
        posts.insert(pos, ad)
        pos += every + 1
    return posts
#: interleave_ads(["p1", "p2", "p3", "p4", "p5"], "AD")
#: interleave_ads(["p1"], "AD")
#: interleave_ads(["a", "b", "c"], "*", every=1)
#: interleave_ads([], "AD", 3)


def swap_halves(buf):
    mid, odd = divmod(len(buf), 2)
    if odd:
        raise ValueError("buffer length must be even")
    buf[:mid], buf[mid:] = buf[mid:], buf[:mid]
    return buf
#: swap_halves([1, 2, 3, 4])
#: swap_halves(["lo", "hi"])
#: swap_halves([])
#: swap_halves([1, 2, 3])


def scale_in_place(prices, percent):
    for i in range(len(prices)):
        prices[i] *= 1 + percent / 100
        prices[i] = round(prices[i], 2)
    return None
#: scale_in_place([10, 20.5], 10)
#: scale_in_place([99.99], -50)
#: scale_in_place([], 5)
#: scale_in_place([1, 2, 3], 0)


def enqueue_vip(line, guest, vip=False):
    if not vip:
        line.append(guest)
        return len(line)
    k = next((i for i, g in enumerate(line) if not g.startswith("VIP ")), len(line))
    line.insert(k, f"VIP {guest}")
    return k + 1
#: enqueue_vip(["VIP Mo", "Al", "Jo"], "Ada", vip=True)
#: enqueue_vip(["Al"], "Bea")
#: enqueue_vip([], "Cat", True)
#: enqueue_vip(["VIP Mo"], "Dee", vip=True)


def evict_lru(keys, wanted, capacity):
    hits = 0
    for key in wanted:
        try:
            keys.remove(key)
            hits += 1
        except ValueError:
            if len(keys) >= capacity:
                keys.pop(0)
        keys.append(key)
    return hits, keys
#: evict_lru([], ["a", "b", "a", "c"], 2)
#: evict_lru(["x", "y"], ["y", "x"], 2)
#: evict_lru(["x"], [], 5)
#: evict_lru([1, 2, 3], [4, 1, 5], 3)


def replace_first(words, old, *new):
    for i, w in enumerate(words):
        if w == old:
            words[i:i + 1] = new
            return True
    return False
#: replace_first(["we", "cannot", "go", "cannot"], "cannot", "can", "not")
#: replace_first(["a", "b"], "a")
#: replace_first(["a", "b"], "q", "z")
#: replace_first([], "a", "b")


def split_off(xs, pred_min):
    kept, dropped = [], []
    while xs:
        x = xs.pop()
        (kept if x >= pred_min else dropped).append(x)
    xs.extend(reversed(kept))
    return xs, dropped
#: split_off([4, 9, 1, 7], 5)
#: split_off([], 0)
#: split_off([-1, -2], 0)
#: split_off([2.5, 3.5], 2)


def fill_gaps(readings):
    last = None
    for i, r in enumerate(readings):
        if r is None:
            readings[i] = last
        else:
            last = r
    return readings.count(None)
#: fill_gaps([None, 3, None, None, 5])
#: fill_gaps([1, 2])
#: fill_gaps([None, None])
#: fill_gaps([0, None, ""])


def nested_alias(team):
    shallow = list(team)
    shallow[0]["role"] = "lead"
    shallow.pop()
    shallow.append({"name": "temp"})
    return team, shallow
#: nested_alias([{"name": "Ana"}, {"name": "Ben"}])
#: nested_alias([{"name": "Solo", "role": "dev"}])
#: nested_alias([{}, {}, {}])
#: nested_alias([{"role": "qa"}, {"role": "ops"}])


def bubble_up(heap, value):
    heap.append(value)
    i = len(heap) - 1
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= heap[i]:
            break
        heap[parent], heap[i] = heap[i], heap[parent]
        i = parent
    return i
#: bubble_up([1, 4, 3, 9], 2)
#: bubble_up([], 5)
#: bubble_up([1, 2], 7)
#: bubble_up([5, 6, 7, 8, 9, 10, 11], 0)


def dot_path_set(root, path, value):
    node = root
    *parents, last = (int(p) for p in path.split("."))
    for p in parents:
        node = node[p]
    node[last] = value
    return root
#: dot_path_set([[1, 2], [3, [4, 5]]], "1.1.0", "x")
#: dot_path_set([0, 0], "1", None)
#: dot_path_set([[[]], [7]], "-1.0", -7)
#: dot_path_set([[1], 2], "0", 3)


def rotate_keys(keys, fresh, keep=3):
    """Put a fresh key first, retire the oldest ones, return those retired."""
    keys.insert(0, fresh)
    retired = []
    while len(keys) > keep:
        retired.insert(0, keys.pop())
    return retired
#: rotate_keys(["k3", "k2", "k1"], "k4")
#: rotate_keys([], "k1")
#: rotate_keys(["c", "b", "a"], "d", keep=1)
#: rotate_keys(["c"], "d", keep=0)


def transfer_money(accounts: list[list], src: int, dst: int, amount: int) -> list:
    a, b = accounts[src], accounts[dst]
    if a[1] < amount:
        raise ValueError(f"{a[0]} has only {a[1]}")
    a[1] -= amount
    b[1] += amount
    return [bal for _, bal in accounts]
#: transfer_money([["ann", 50], ["bob", 10]], 0, 1, 20)
#: transfer_money([["ann", 50]], 0, 0, 50)
#: transfer_money([["ann", 5], ["bob", 0], ["cy", 3]], -1, 1, 3)
#: transfer_money([["ann", 5], ["bob", 0]], 1, 0, 1)


def take_stones(piles, moves):
    for pile, n in moves:
        taken = min(n, piles[pile])
        piles[pile] -= taken
        if not piles[pile]:
            del piles[pile]
            if not piles:
                return "empty"
    return piles
#: take_stones([3, 5], [(0, 2), (1, 5), (0, 1)])
#: take_stones([4, 4, 4], [(1, 9)])
#: take_stones([2], [])
#: take_stones([1], [(0, 1), (0, 1)])


def ring_write(buf, head, data):
    n = len(buf)
    for byte in data:
        buf[head] = byte
        head = (head + 1) % n
    return head, buf
#: ring_write([0, 0, 0, 0], 2, [1, 2, 3])
#: ring_write([0, 0], 0, b"AB")
#: ring_write(["-"] * 3, 1, "")
#: ring_write([9, 9, 9], 0, [1])


def rename_duplicates(names):
    for i, name in enumerate(names):
        n = names[:i].count(name)
        if n:
            stem, dot, ext = name.rpartition(".")
            names[i] = f"{stem} ({n}){dot}{ext}" if dot else f"{name} ({n})"
    return names
#: rename_duplicates(["a.txt", "b.txt", "a.txt", "a.txt"])
#: rename_duplicates(["docs", "docs"])
#: rename_duplicates(["été.png"])
#: rename_duplicates([])


def grow_while_reading(todo, rules):
    for task in todo:
        for extra in rules.get(task, ()):
            if extra not in todo:
                todo.append(extra)
    return todo
#: grow_while_reading(["cake"], {"cake": ["flour", "icing"], "icing": ["sugar"]})
#: grow_while_reading(["a"], {"a": ["b"], "b": ["a"]})
#: grow_while_reading(["x", "y"], {})
#: grow_while_reading([], {"a": "bc"})
