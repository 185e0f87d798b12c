import json


class Encoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, (set, frozenset)):
            return sorted(value)
        return super().default(value)


print(json.dumps({"tags": {"b", "a"}}, cls=Encoder))
try:
    json.dumps({"x": 1j}, cls=Encoder)
except TypeError as error:
    print(error)
