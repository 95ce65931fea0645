"""Which sounds of a run are exported: those that the user names, or those that score best among many.

In: settings, and a run's generator and sounds.
Out: addresses.
Must not know: files, formats and disks.
"""
