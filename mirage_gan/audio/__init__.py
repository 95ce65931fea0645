"""Sound as samples: reading files and disks, finding the pitch, building WAV files, and the built-in sounds.

In: files of sound, and signals. Out: mono signals with what is known of them, and bytes of WAV files.
Must not know: waves of a number of points, datasets, networks.
"""
