import operator

OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.floordiv}


def evaluate(expression):
    stack = []
    for token in expression.split():
        if token in OPERATIONS:
            right, left = stack.pop(), stack.pop()
            stack.append(OPERATIONS[token](left, right))
        else:
            stack.append(int(token))
    [result] = stack
    return result


print(evaluate("3 4 + 2 *"))
try:
    evaluate("1 2")
except ValueError as error:
    print("bad expression:", error)
