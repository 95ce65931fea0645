"""Whether generated waves are new, varied, plausible and playable: figures, scores, and one verdict in words.

In: waves, generated, learned from and held out. Out: figures, a score, and a verdict.
Must not know: how networks are trained, and what is exported.
"""
