def quick_sort(items):
    if len(items) <= 1:
        return items
    pivot, *rest = items
    return (
        quick_sort([x for x in rest if x < pivot])
        + [pivot]
        + quick_sort([x for x in rest if x >= pivot])
    )


print(quick_sort([3, 6, 1, 8, 2, 9, 2]))
