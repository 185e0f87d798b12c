import tempfile

with tempfile.SpooledTemporaryFile(mode="w+", max_size=1000) as file:
    written = file.write("one\ntwo\n")
    file.seek(0)
    lines = [line.rstrip() for line in file]
print(written, lines)
