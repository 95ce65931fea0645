"""Several activities in order: recipes, the demo, and skipping what is unchanged.

In: a recipe. Out: what each activity reports.
Must not know: the command line.
"""
