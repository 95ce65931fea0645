"""The formats of sounds that need no synthesizer: one file a sound, and a sheet of pictures of all of them.

In: generated sounds and an order. Out: PCM, WAV, PNG, CSV, wavetables; a sheet to print.
Must not know: disks, runs, how sounds are generated.
"""
