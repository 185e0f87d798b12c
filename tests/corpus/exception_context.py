try:
    try:
        [][0]
    except IndexError:
        {}["missing"]
except KeyError as error:
    print(type(error.__context__).__name__, error.args)
