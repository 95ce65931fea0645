"""The command line: parses, calls one function, prints its report.

In: what was typed. Out: results on stdout, progress on stderr, an exit status, and one line for an error that the user
can fix.
Must not know: how anything is done; click and rich occur nowhere else.
"""

from mirage_gan.cli.commands import main

__all__ = ["main"]
