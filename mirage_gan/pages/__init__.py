"""What people look at and listen to: sheets of bitmaps, previews, and the pages in HTML.

In: waves, figures and words. Out: bytes of PNG, WAV and HTML. What is HTML, style or script stands in templates/.
Must not know: where they are written, and how networks are trained.
"""
