"""The folders that activities leave: datasets, runs, sweeps, exports, extracts; a strict reader and a writer of each.

In: paths, waves, and what there is to say of them. Out: files of one format a folder, and checked values of them.
Must not know: how what is in them was made.
"""
