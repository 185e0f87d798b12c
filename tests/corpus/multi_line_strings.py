text = """first
second
"""
query = (
    "SELECT *"
    f" FROM {text.split()[0]}"
    " WHERE 1"
)


def documented():
    """Has a docstring.

    With several lines.
    """
    return len("""a
b""")


print(query, documented())
