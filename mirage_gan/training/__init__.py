"""A dataset -> a run: planned, trained step by step, checked, saved, and gone on with.

In: a dataset and settings. Out: a run folder that is whole at any moment, and a report.
Must not know: sweeps, pages on the command line, and what is exported.
"""
