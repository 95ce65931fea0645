"""From a run to files: samples, wavetables, pictures, and disk images with their previews and sheets.

In: a run and settings. Out: files in a folder with an index, and a report.
Must not know: datasets, how networks are trained, and sweeps.
"""
