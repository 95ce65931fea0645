"""Data that are no sounds, judged by the values themselves: features, copies, figures and a verdict.

In: pictures, as their points, real and generated. Out: figures of them beside those of real ones, and a verdict.
Must not know: runs, networks, files, sound.
"""
