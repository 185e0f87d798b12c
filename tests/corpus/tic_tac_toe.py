LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def winner(board):
    for a, b, c in LINES:
        if board[a] == board[b] == board[c] != " ":
            return board[a]
    return None


board = [" "] * 9
player = "X"
for move in (4, 0, 2, 8, 6):
    board[move] = player
    if won := winner(board):
        print("winner", won)
        break
    player = "O" if player == "X" else "X"
for row in range(0, 9, 3):
    print("|".join(board[row:row + 3]))
