import random

random.seed(42)
rolls = [random.randint(1, 6) for _ in range(4)]
generator = random.Random(7)
deck = list("abcde")
generator.shuffle(deck)
generator = None
print(rolls, deck, round(random.random(), 6))
