def summary(rows):
    by_key = {k: [v for key, v in rows if key == k] for k, _ in rows}
    best = max(by_key, key=lambda k: sum(by_key[k]))
    return best, {k: len(v) for k, v in by_key.items()}


print(summary([("a", 1), ("b", 5), ("a", 2)]))
