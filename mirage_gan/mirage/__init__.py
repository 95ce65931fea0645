"""The Ensoniq Mirage in bytes: its memory, sound chip, tuning and parameters; every fact with its source.

In: samples, pitches and settings of the machine. Out: the bytes that play them, and what given bytes play.
Must not know: files, the user's sounds, networks. It imports nothing outside the standard library but numpy.
"""
