def primes_up_to(limit):
    is_prime = [True] * (limit + 1)
    is_prime[0:2] = [False, False]
    p = 2
    while p * p <= limit:
        if is_prime[p]:
            for multiple in range(p * p, limit + 1, p):
                is_prime[multiple] = False
        p += 1
    return [n for n, prime in enumerate(is_prime) if prime]


print(primes_up_to(50))
