text = "x" * 3000
numbers = list(range(500))
nested = {i: {j: j * "ab" for j in range(6)} for i in range(6)}
deep = []
for _ in range(12):
    deep = [deep]
print(len(text), sum(numbers), len(nested), deep)
