"""The tables of what `--model` and `--to` offer: a row for each family of networks and for each format.

In: nothing.
Out: the rows, their help texts, and which settings each of them takes.
Must not know: networks and makers, but for their names.
"""
