import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "notes.txt"
    with path.open("w") as file:
        written = file.write("one\ntwo\n")
    lines = path.read_text().splitlines()
    folder = None
    path = None
    file = None
print(written, lines)
