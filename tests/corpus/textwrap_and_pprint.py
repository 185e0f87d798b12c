import textwrap
from pprint import pformat

paragraph = textwrap.fill("Python programs are read more often than written", width=20)
block = textwrap.dedent("""\
    if x:
        y
""")
print(paragraph, block, sep="\n")
print(pformat({"key": list(range(3))}, width=10))
