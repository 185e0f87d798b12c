loop = [1, 2]
loop.append(loop)
tree = {"name": "root"}
tree["self"] = tree
pair = (loop, tree)
print(loop, tree["self"]["self"]["name"], len(pair))
