"""What is measured of a signal: its pitch, onset and end, loudness and spectrum, and loops in its steady stretches.

In: a signal of any kind and its sample rate.
Out: figures, and places in it.
Must not know: files, waves, and of the machine more than its sample rates and pages.
"""
