"""neuraldbg, a neural debugger for Python: predicts what a program does, step by step, without running it."""

__version__ = "0.1.0"
