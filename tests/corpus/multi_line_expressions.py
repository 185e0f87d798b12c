total = (
    1
    + 2 * 3
    - len("ab")
)
if (
    total > 3
    and total < 10
    or total == 100
):
    message = "in " \
        "range"
else:
    message = None
table = {
    "sum": total,
    "list": [
        total,
        total + 1,
    ],
}
value = (table["list"]
         [0])
print(message, table, value)
