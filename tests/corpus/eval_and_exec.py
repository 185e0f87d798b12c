namespace = {"__builtins__": {"range": range}, "x": 4}
value = eval("x * 2 + 1", namespace)
exec("y = x ** 2\nfor i in range(2):\n    y += i", namespace)
names = sorted(k for k in namespace if not k.startswith("__"))
print(value, namespace["y"], names)
namespace = None
