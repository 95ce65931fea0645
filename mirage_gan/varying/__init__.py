"""From one sound to variations of it.

In: the wave of one sound, seeds, and by how much they are to vary. Out: waves.
Must not know: where the sound is from, how its variations are written, and networks.
"""
