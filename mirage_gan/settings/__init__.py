"""Every setting, once: its default, unit, range and help text; and what a setting is.

In: values, from the command line, a recipe or a caller. Out: frozen configs that are checked, or one line of error.
Must not know: what an activity does with a setting; torch, click.

An activity takes one of these configs. The command line makes an option of each field and the recipe reader a key, so
that what holds in one place holds in all.
"""
