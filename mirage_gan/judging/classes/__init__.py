"""How well a run's sounds are of the classes that they are asked for.

In: a run's generator, and its real sounds with their classes. Out: figures of each class.
Must not know: how networks are trained, and how sounds are compared in all else.
"""
