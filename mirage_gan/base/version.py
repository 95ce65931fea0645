"""The version of the package, which the build reads from here too."""

__version__ = "0.8.0"
