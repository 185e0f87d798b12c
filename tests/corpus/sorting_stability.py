from operator import attrgetter, itemgetter

rows = [("b", 2), ("a", 2), ("c", 1)]
rows.sort(key=itemgetter(1))
print(rows)


class Card:
    def __init__(self, rank):
        self.rank = rank

    def __lt__(self, other):
        return self.rank < other.rank


cards = sorted([Card(3), Card(1), Card(2)])
print([card.rank for card in cards], max(cards, key=attrgetter("rank")).rank)
