"""WAV files for other instruments: sounds at the rate, pitch, length and level that those expect.

In: rendered sounds and settings. Out: the bytes of files, what export.json says of them, and remarks for people.
Must not know: the Mirage's disks, networks, folders.
"""
