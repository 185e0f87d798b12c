from collections import namedtuple
from typing import NamedTuple

Point = namedtuple("Point", "x y", defaults=[0])


class Employee(NamedTuple):
    name: str
    salary: int = 100

    def raised(self, percent):
        return self._replace(salary=self.salary + self.salary * percent // 100)


p = Point(3)
e = Employee("Eve").raised(10)
x, y = p
print(p, p._asdict(), e, x + y)
