"""What leaves the program: exports and the sounds of disks, with the addresses by which sounds are found again.

In: metadata of files. Out: their indexes, read strictly; favourites that a user keeps.
Must not know: how sounds are generated, rendered and written.
"""
