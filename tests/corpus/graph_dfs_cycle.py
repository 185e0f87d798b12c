graph = {1: [2, 3], 2: [4], 3: [4], 4: []}
cyclic = {1: [2], 2: [3], 3: [1]}


def has_cycle(graph):
    done, active = set(), set()

    def visit(node):
        if node in active:
            return True
        if node in done:
            return False
        active.add(node)
        found = any(visit(other) for other in graph[node])
        active.remove(node)
        done.add(node)
        return found

    return any(visit(node) for node in graph)


print(has_cycle(graph), has_cycle(cyclic))
