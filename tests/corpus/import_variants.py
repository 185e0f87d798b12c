import os.path as path
from string import ascii_lowercase as letters, digits
import collections.abc

try:
    import no_such_module_here
except ImportError as error:
    no_such_module_here = None
    print(error.name)
print(path.basename("/a/b.txt"), letters[:3], digits[-1])
print(isinstance([], collections.abc.Sequence), no_such_module_here)
