for n in range(2, 10):
    for divisor in range(2, n):
        if n % divisor == 0:
            print(n, "=", divisor, "*", n // divisor)
            break
    else:
        print(n, "is prime")
