"""Pictures at the resolution of print: sheets of sounds on A4, and the same sounds over a training.

In: waves, small pictures and text. Out: bytes of PNG at 300 dpi, and of animated WebP.
Must not know: where these are written, and how sounds are made.
"""
