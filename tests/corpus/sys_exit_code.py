import sys


def main(args):
    if not args:
        print("usage: prog NAME", file=sys.stderr)
        return 2
    return 0


code = main([])
sys.exit(code)
