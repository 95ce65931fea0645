"""The Ensoniq Mirage in bytes: its memory, sound chip, tuning and parameters; every fact with its source.

In: samples, pitches and settings of the machine. Out: bytes that it plays as meant, and what bytes mean to it.
Must not know: files, sounds of the user, networks; numpy at most.
"""
