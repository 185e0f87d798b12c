tasks = {
    "deploy": {"test", "package"},
    "test": {"build"},
    "package": {"build"},
    "build": set(),
}
order = []
while tasks:
    ready = sorted(name for name, needs in tasks.items() if not needs)
    if not ready:
        raise RuntimeError("cycle")
    for name in ready:
        order.append(name)
        del tasks[name]
    for needs in tasks.values():
        needs.difference_update(ready)
print(" -> ".join(order))
