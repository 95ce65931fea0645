"""The waves that networks learn: loops as points, whole sounds as pictures of levels, and both turned back into audio.

In: signals, and pictures of lines.
Out: waves of a fixed number of points, float32, -1 to 1; bitmaps of them; and signals.
Must not know: datasets, networks; only what draws bitmaps and finds phases needs torch.
"""
