"""Metrics of whether generated waves are new, varied, plausible and playable, a score, and a verdict in words.

In: generated, training and held-out waves. Out: figures (the values of the metrics), a score, and a verdict.
Must not know: how networks are trained, and what is exported.
"""
