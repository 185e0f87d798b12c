name, value, ratio = "pi", 3.14159, 0.256
print(f"{name}={value:.2f} {ratio:.1%} {value!r:>10}")
print("{:>8}|{:<8}|{:^8}".format("r", "l", "c"))
print("%s has %d items (%05.1f)" % (name, 3, value))
width = 6
print(f"{name:*^{width}} {255:#x} {1234567:,} {name=}")
