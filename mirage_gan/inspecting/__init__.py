"""Say what a file or folder holds and what is wrong with it, compare runs, and extract a disk's sounds as files.

In: paths. Out: facts and problems in words, or WAV files.
Must not know: how the files and folders that it describes were made.
"""
