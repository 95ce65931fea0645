"""Every setting, once: its default, unit, range and help text; and what a setting is.

In: values, from the command line, a recipe or a caller. Out: frozen configs that are checked, or one line of error.
Must not know: what an activity does with a setting; torch, click.
"""
