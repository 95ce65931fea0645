"""Formats that carry a Mirage's sounds: disk images, floppy bitstreams, System Exclusive dumps, Wavsyn's audio files.

In: banks, disk images, messages. Out: the bytes of each format; and from such bytes back, or a `FormatError` that says
what is wrong. Must not know: files, waves, networks.
"""
