"""From one sound to variations of it.

In: the wave of one sound, seeds, and by how much they are to vary, or a generator to find it in. Out: waves; a latent.
Must not know: where the sound is from, how its variations are written, and how runs are trained.
"""
