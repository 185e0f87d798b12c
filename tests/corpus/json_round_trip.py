import json

document = {"name": "Ω", "items": [1, 2.5, None, True], "nested": {"b": 2, "a": 1}}
text = json.dumps(document, sort_keys=True, ensure_ascii=False)
again = json.loads(text)
assert again == document
print(text)
try:
    json.loads("{bad}")
except json.JSONDecodeError as error:
    print(error.msg, error.pos)
