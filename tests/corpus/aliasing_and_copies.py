import copy

original = [[1, 2], {"k": [3]}]
alias = original
shallow = list(original)
deep = copy.deepcopy(original)
alias[0].append(99)
shallow[1]["k"] = "changed"
shallow.append("own")
print(original, shallow, deep, alias is original)
