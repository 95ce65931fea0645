"""Sounds -> a dataset folder.

In: files and folders of sound, line drawings, disk images. Out: a dataset, and a report of what was used and why not.
Must not know: networks, runs, and what is exported.
"""
