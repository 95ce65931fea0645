"""A trained generator as data: a list of operations with their shapes, and its weights in half precision.

In: a generator, and how its waves become samples. Out: a `Program`, which runs wherever its few operations are known.
Must not know: families of networks, and who runs a program.
"""
