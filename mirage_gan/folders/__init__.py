"""The folders that commands write (dataset, run, sweep, export, extract), with a strict reader and a writer for each.

In: paths, waves, and their metadata. Out: one file format per folder, and values validated against its schema.
Must not know: how the contents were made.
"""
