"""The folders that activities leave for each other: datasets, runs, sweeps and exports; strict readers and writers.

In: paths, waves, and what there is to say of them. Out: files of one format a folder, and checked values of them.
Must not know: how what is in them was made.
"""
