class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, instance, owner=None):
        return self if instance is None else getattr(instance, self.name)

    def __set__(self, instance, value):
        if value <= 0:
            raise ValueError(self.name)
        setattr(instance, self.name, value)


class Order:
    amount = Positive()

    def __init__(self, amount):
        self.amount = amount


order = Order(3)
order.amount += 1
print(order.amount)
try:
    Order(0)
except ValueError as error:
    print("rejected", error)
