from typing import Generic, TypeVar

T = TypeVar("T")
limit: int = 3
names: list[str]


class Box(Generic[T]):
    content: T

    def __init__(self, content: T) -> None:
        self.content = content

    def map(self, function) -> "Box":
        return Box(function(self.content))


def repeat(text: str, times: int = limit) -> str:
    result: str = text * times
    return result


print(repeat("ab"), Box(2).map(lambda n: n + 1).content, repeat.__annotations__["times"])
