"""Sounds -> a dataset folder.

In: files and folders of sound, line drawings, disk images. Out: a dataset, and a report of the sounds that were used
and of the reasons why others were skipped.
Must not know: networks, runs, and what is exported.
"""
