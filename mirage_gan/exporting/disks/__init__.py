"""From sounds to Mirage disks: which sound goes where, the files for a drive or a cable, and the patch sheets.

In: waves by what they are generated from, and a layout. Out: names and bytes of files.
Must not know: runs, networks, and where files are written.
"""
