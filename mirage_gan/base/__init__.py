"""Infrastructure that is independent of audio: files, folders, worker processes, interrupts, progress and errors.

In: paths, bytes and callables.
Out: files and folders that are written atomically, results in the order of their tasks, and one-line errors.
Must not know: anything of sound, networks or the machine.
"""
