"""A run -> files: samples, wavetables, pictures, and disks with what lies beside them.

In: a run and settings. Out: files in a folder that lists them, and a report.
Must not know: datasets, how networks are trained, and sweeps.
"""
