"""What any program of this kind needs: files, folders, processes, signals, progress and errors.

In: paths, bytes and callables. Out: the same, safely: written whole or not at all, in order, or as one line of error.
Must not know: anything of sound, networks or the machine.
"""
