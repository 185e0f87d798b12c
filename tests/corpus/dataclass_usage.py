from dataclasses import dataclass, field, replace


@dataclass(order=True)
class Item:
    price: float
    name: str = field(compare=False)
    tags: list = field(default_factory=list, compare=False)

    def __post_init__(self):
        self.price = round(self.price, 2)

    def discounted(self, percent):
        return replace(self, price=self.price * (1 - percent / 100))


items = [Item(9.999, "b"), Item(2.5, "a", ["x"])]
items.sort()
cheap = items[0].discounted(20)
print(items, cheap)
