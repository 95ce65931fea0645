"""Audio as samples: reading audio files and disk images, pitch detection, WAV files, and the built-in sounds.

In: audio files, disk images and signals.
Out: mono signals with their sample rate and encoding, pitches, and the bytes of WAV files.
Must not know: waves of a fixed number of points, datasets, networks.
"""
