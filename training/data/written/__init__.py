"""Short functions written by hand in the manner of everyday code, a file a topic; `library.py` reads them as text.

After each function stand its calls, one a line, behind ``#: ``. Functions without calls are helpers of the next ones.
"""
