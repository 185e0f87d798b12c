name = "bébé"
print(name, len(name))
