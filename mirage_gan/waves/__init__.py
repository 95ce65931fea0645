"""What networks see: points, cut and fitted, and line bitmaps of them; and back.

In: signals, and pictures of lines. Out: waves of a number of points, float32 -1 to 1, and drawings of them.
Must not know: datasets, networks; torch is for the line bitmap alone.
"""
