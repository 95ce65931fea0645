"""Morphs: from the sounds of a run to one that changes while it plays, and its files.

In: a run and the sounds to pass through. Out: files in a folder with an index, and a report.
Must not know: datasets, how networks are trained, and sweeps.
"""
