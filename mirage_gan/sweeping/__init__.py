"""Hyperparameter sweeps: many short trainings, run by worker processes, ranked, and compared on a page.

In: a dataset and values or ranges of settings. Out: ordinary runs, and a sweep folder that compares them.
Must not know: how a training step works, and what is exported.
"""
