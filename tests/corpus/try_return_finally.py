def early(flag):
    try:
        if flag:
            return "early"
        print("working")
    finally:
        print("cleanup")
    return "late"


def override():
    try:
        return 1
    finally:
        return 2


print(early(True), early(False), override())
