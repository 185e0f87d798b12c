def check(age):
    if age < 0:
        raise ValueError(f"negative age: {age}")
    return age


print(check(3))
check(-1)
print("never printed")
