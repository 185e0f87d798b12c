class Grid:
    def __init__(self, width, height):
        self.cells = {}
        self.size = width, height

    def __getitem__(self, position):
        return self.cells.get(position, ".")

    def __setitem__(self, position, mark):
        self.cells[position] = mark

    def __contains__(self, mark):
        return mark in self.cells.values()

    def __len__(self):
        return self.size[0] * self.size[1]


grid = Grid(2, 2)
grid[0, 1] = "x"
rows = ["".join(grid[x, y] for x in range(2)) for y in range(2)]
print(rows, "x" in grid, len(grid))
