"""Errors that the user can fix. Any other exception is a bug in this program."""


class MirageGanError(Exception):
    """Base class of the errors that the user can fix; the one-line message names the file, the value and the remedy."""


class ConfigError(MirageGanError):
    """A setting is unknown, out of range, or contradicts another setting."""


class FolderError(MirageGanError):
    """A folder is missing, has unexpected contents, or was not made by this program and so must not be replaced."""


class BusyError(FolderError):
    """Another process is working in a folder and holds its lock."""


class FormatError(MirageGanError):
    """Data does not follow its format: it is truncated, damaged, or of a newer version."""


class SignalError(MirageGanError):
    """Audio cannot be used: it is silent, not finite, too short, too long, or of the wrong shape."""


class TrainingError(MirageGanError):
    """Training cannot go on: a value is NaN or infinite, or the generator's output is flat or always the same."""


class WorkerError(MirageGanError):
    """A worker process ended before its work was done."""


class OutOfMemoryError(MirageGanError):
    """The memory of the machine, or of a GPU, is too small for what was asked."""
