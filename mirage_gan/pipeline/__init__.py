"""Run several stages in order: recipes and the demo. A stage whose inputs are unchanged does nothing.

In: a recipe. Out: the report of each stage that ran.
Must not know: the command line.
"""
