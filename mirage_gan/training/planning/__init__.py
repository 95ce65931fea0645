"""What a plan of a training refuses: settings that do not suit each other, the family, the sounds or their classes.

In: settings and what is known of a dataset. Out: classes of a run; one-line errors.
Must not know: how a step is done, and where a run is kept.
"""
