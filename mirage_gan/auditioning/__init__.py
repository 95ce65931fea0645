"""The audition page: sounds of a run to see, hear, play and choose, and what its buttons make.

In: a run, with its checkpoint and the sounds that it learned from. Out: one HTML page, or a server of it on this
machine, with favourites in the run's folder and exports. Must not know: click, HTML and scripts, how networks train.
"""
