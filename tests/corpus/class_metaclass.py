class Registry(type):
    classes = []

    def __new__(mcs, name, bases, namespace, **kwargs):
        cls = super().__new__(mcs, name, bases, namespace, **kwargs)
        mcs.classes.append(name)
        return cls


class Base(metaclass=Registry):
    def __init_subclass__(cls, tag=None, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.tag = tag


class Child(Base, tag="c"):
    pass


print(Registry.classes, Child.tag)
