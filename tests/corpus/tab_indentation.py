def classify(n):
	if n < 0:
		return "negative"
	for divisor in range(2, n):
		if n % divisor == 0:
			return "composite"
	return "small or prime"


for n in (-1, 4, 5):
	print(n, classify(n))
