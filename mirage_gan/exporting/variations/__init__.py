"""Variations of one sound of the user, as files: those that a run's sounds are written to.

In: a sound, and what makes a variation of it. Out: files in a folder with an index, and a report.
Must not know: how variations are made, and what a run is.
"""
