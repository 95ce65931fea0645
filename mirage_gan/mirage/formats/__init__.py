"""What carries a Mirage's sounds: disk images, floppy bitstreams, System Exclusive dumps, and Wavsyn's audio files.

In: banks and images. Out: bytes of each format, and back again, with what is wrong named.
Must not know: files, waves, networks.
"""
