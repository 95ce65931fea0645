"""A dataset -> a run: training is planned, run step by step, checked, checkpointed and resumed.

In: a dataset and settings. Out: a run folder that is complete at any moment, and a report.
Must not know: sweeps, how the command line shows progress, and what is exported.
"""
