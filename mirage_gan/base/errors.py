"""What a user can do wrong. Anything else that is raised is a bug of ours."""


class MirageGanError(Exception):
    """A mistake that the user can mend; its one-line message names the file, the value and the remedy."""


class ConfigError(MirageGanError):
    """A setting is unknown, out of range, or does not go with another."""


class FolderError(MirageGanError):
    """A folder is missing, is not ours to replace, or holds something other than expected."""


class BusyError(FolderError):
    """Another process is at work in a folder."""


class FormatError(MirageGanError):
    """Bytes are not what their format says they are: cut short, damaged, or of a newer version."""


class SignalError(MirageGanError):
    """Audio cannot be used: silent, not finite, too short, too long, or of the wrong shape."""


class TrainingError(MirageGanError):
    """Training cannot go on: a value is not finite, or the generator's output is dead."""


class WorkerError(MirageGanError):
    """A process that shared the work has ended before it was done."""
