class Node:
    def __init__(self, value, next=None):
        self.value = value
        self.next = next


class LinkedList:
    def __init__(self, values=()):
        self.head = None
        for value in reversed(values):
            self.head = Node(value, self.head)

    def __iter__(self):
        node = self.head
        while node is not None:
            yield node.value
            node = node.next

    def reverse(self):
        before = None
        node = self.head
        while node:
            node.next, before, node = before, node, node.next
        self.head = before


numbers = LinkedList([1, 2, 3])
print(list(numbers))
numbers.reverse()
print(list(numbers))
