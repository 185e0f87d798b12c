import sys


def stop():
    print("bye")
    sys.exit()


try:
    stop()
finally:
    print("finally runs")
