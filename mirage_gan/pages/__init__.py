"""What people look at and listen to: contact sheets, previews, and HTML pages.

In: waves, figures and text. Out: bytes of PNG, WAV and HTML. All HTML, CSS and JavaScript is in templates/.
Must not know: where these are written, and how networks are trained.
"""
