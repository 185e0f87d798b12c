def configure(
    name,
    *,
    retries=3,
    verbose=False,
):
    return {
        "name": name,
        "retries": retries,
        "verbose": verbose,
    }


print(configure(
    "x",
    verbose=True,
))
