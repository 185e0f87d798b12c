TRANSITIONS = {
    "red": ("green", 3),
    "green": ("yellow", 2),
    "yellow": ("red", 1),
}
state, remaining = "red", 3
timeline = []
for second in range(9):
    timeline.append(state[0])
    remaining -= 1
    if remaining == 0:
        state, remaining = TRANSITIONS[state]
print("".join(timeline), state)
