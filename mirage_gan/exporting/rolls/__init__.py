"""Piano rolls as files of notes.

In: generated rolls. Out: MIDI files.
Must not know: runs, networks, samples, disks.
"""
