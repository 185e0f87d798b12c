"""What some measurements say."""

from statistics import median


def running_maximum(values):
    best = values[0]
    out = []
    for value in values:
        if value > best:
            best = value
        out.append(best)
    return out


def middle(values):
    if not values:
        raise ValueError("no values")
    return median(values)


peaks = running_maximum([3, 1, 4, 1, 5])
half_way = middle([27, 18, 28, 18])
