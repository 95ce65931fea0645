"""Instruments for software samplers: which key plays which sound, and how.

In: rendered sounds and their classes. Out: the bytes of instruments and their WAVs, and what export.json says of them.
Must not know: the Mirage's disks, networks.
"""
