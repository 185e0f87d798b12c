data = "héllo".encode("utf-8")
array = bytearray(data)
array[0] = ord("H")
array += b"\x00\xff"
view = memoryview(bytes(array))[1:3]
pair = view.tolist()
view = None
print(data, array, pair, data.hex(" "), bytes.fromhex("6869"))
print(int.from_bytes(b"\x01\x00", "big"), (1000).to_bytes(2, "little"))
