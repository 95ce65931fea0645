"""What a file or folder holds, with what is wrong with it; and a disk's sounds as files.

In: a path. Out: facts and problems in words, or WAV files.
Must not know: how what it finds was made.
"""
