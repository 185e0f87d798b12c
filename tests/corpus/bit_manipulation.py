def bits(n):
    count = 0
    while n:
        n &= n - 1
        count += 1
    return count


mask = 0b1010
mask |= 1 << 2
mask ^= 0b1000
shifted = mask << 3 >> 1
print(bin(mask), shifted, ~mask, bits(255), 6 & 3, -1 >> 4)
