def neighbours(cell):
    x, y = cell
    return {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)} - {cell}


def generation(cells):
    candidates = cells.union(*map(neighbours, cells))
    alive = set()
    for cell in candidates:
        count = len(neighbours(cell) & cells)
        if count == 3 or (count == 2 and cell in cells):
            alive.add(cell)
    return alive


blinker = {(0, 1), (1, 1), (2, 1)}
after = generation(blinker)
print(sorted(after))
