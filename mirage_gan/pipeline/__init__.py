"""Run several stages in order: recipes, the demo, variations. A stage whose inputs are unchanged does nothing.

In: a recipe, or a sound. Out: the report of each stage that ran.
Must not know: the command line.
"""
