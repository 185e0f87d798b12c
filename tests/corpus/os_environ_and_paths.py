import os
from pathlib import PurePosixPath

path = PurePosixPath("/srv") / "data" / "file.tar.gz"
parts = path.parts
stem, suffixes = path.stem, path.suffixes
os.environ["NDBG_EXAMPLE"] = "on"
flag = os.environ.get("NDBG_EXAMPLE", "off")
print(parts, stem, suffixes, flag, path.with_suffix(".zip").name)
