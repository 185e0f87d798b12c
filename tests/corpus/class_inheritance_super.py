class Animal:
    def __init__(self, name):
        self.name = name

    def sound(self):
        return "..."

    def speak(self):
        return f"{self.name} says {self.sound()}"


class Dog(Animal):
    def __init__(self, name, trick="sit"):
        super().__init__(name)
        self.trick = trick

    def sound(self):
        return "woof"


class Puppy(Dog):
    def sound(self):
        return super().sound() + "!"


for animal in (Animal("It"), Dog("Rex"), Puppy("Bit", trick="roll")):
    print(animal.speak(), isinstance(animal, Dog))
