"""The representations of data that are no sounds: pictures of gray levels or notes, and rows of numbers.

In: pictures, notes, or the numbers of a table. Out: waves, and the same again.
Must not know: sounds, files, networks.
"""
