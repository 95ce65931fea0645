"""The waves that networks learn: cut from sounds, resampled, aligned, drawn as bitmaps, and turned back into audio.

In: signals, and pictures of lines.
Out: waves of a fixed number of points, float32, -1 to 1; line bitmaps of them; and signals.
Must not know: datasets, networks; only the line bitmaps need torch.
"""
