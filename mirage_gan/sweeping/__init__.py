"""Many short trainings: what to try, workers that share it out, a ranking, and the page of it.

In: a dataset and ranges of settings. Out: ordinary runs, and a sweep folder that compares them.
Must not know: the steps of a training, and what is exported.
"""
