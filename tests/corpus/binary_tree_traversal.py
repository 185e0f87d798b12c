class Tree:
    def __init__(self, key, left=None, right=None):
        self.key = key
        self.left = left
        self.right = right


def insert(tree, key):
    if tree is None:
        return Tree(key)
    if key < tree.key:
        tree.left = insert(tree.left, key)
    elif key > tree.key:
        tree.right = insert(tree.right, key)
    return tree


def in_order(tree):
    if tree:
        yield from in_order(tree.left)
        yield tree.key
        yield from in_order(tree.right)


def depth(tree):
    return 0 if tree is None else 1 + max(depth(tree.left), depth(tree.right))


root = None
for key in [5, 2, 8, 1, 2]:
    root = insert(root, key)
print(list(in_order(root)), depth(root))
