"""Texts that settings take, and the values that they stand for: lists of seeds, mixes of classes, ways to find classes.

In: a text that a user wrote. Out: its value, or a one-line error.
Must not know: which activity a setting is for.
"""
