class Robot:
    def forward(self):
        return "f"

    def turn(self, side):
        return f"t{side}"


robot = Robot()
moves = []
for order in ("forward", "turn left", "jump"):
    name, *args = order.split()
    method = getattr(robot, name, None)
    moves.append(method(*args) if method else "?")
method = None
setattr(robot, "speed", 3)
print(moves, vars(robot), callable(robot.turn))
