def mean(values):
    assert values, "no values"
    return sum(values) / len(values)


print(mean([1, 2, 3]))
try:
    mean([])
except AssertionError as error:
    print("assertion:", error)
