"""Every setting, defined once: its default, unit, range and help text; and what a setting is.

In: values, from the command line, a recipe or a caller. Out: frozen, validated configs, or a one-line error.
Must not know: what an activity does with a setting; torch, click.

An activity takes one of these configs. The command line turns each field into an option and the recipe reader into a
key, so the same defaults and ranges hold everywhere.
"""
