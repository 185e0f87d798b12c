class VendingMachine:
    PRICES = {"tea": 150, "coffee": 200}

    def __init__(self):
        self.credit = 0
        self.sold = {}

    def insert(self, coin):
        if coin not in (50, 100, 200):
            raise ValueError(f"unknown coin {coin}")
        self.credit += coin
        return self

    def choose(self, drink):
        price = self.PRICES[drink]
        if self.credit < price:
            return None
        self.credit -= price
        self.sold[drink] = self.sold.get(drink, 0) + 1
        change, self.credit = self.credit, 0
        return drink, change


machine = VendingMachine()
print(machine.insert(100).choose("coffee"))
print(machine.insert(200).choose("tea"))
for bad in (lambda: machine.insert(3), lambda: machine.choose("soup")):
    try:
        bad()
    except (ValueError, KeyError) as error:
        print(type(error).__name__, error)
