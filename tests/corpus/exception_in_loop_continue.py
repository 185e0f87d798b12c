total = 0
errors = []
for text in ["1", "two", "3", None]:
    try:
        total += int(text)
    except ValueError:
        errors.append(text)
        continue
    except TypeError:
        break
    finally:
        print("saw", text)
print(total, errors)
