"""Sounds -> disks: which sound goes where, the files that carry them to a Mirage, and the sheets beside them.

In: waves by their seeds, and a layout. Out: names and bytes of files.
Must not know: runs, networks, and where files are written.
"""
