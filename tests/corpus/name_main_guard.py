import sys


def main(argv):
    name = argv[1] if len(argv) > 1 else "world"
    print("hello", name)
    return 0


if __name__ == "__main__":
    status = main(sys.argv[:1])
    print(status)
