"""An export as one zip file."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from typing import IO, TYPE_CHECKING, Final

from mirage_gan.base import files

if TYPE_CHECKING:
    from pathlib import Path


ZIP: Final = "export.zip"


def save_zip(out: Path, names: list[str]) -> None:
    """Pack files of `out` into export.zip; the same files give the same bytes, and then the file is not touched."""
    with tempfile.TemporaryFile(dir=out) as packed:
        with zipfile.ZipFile(packed, "w") as archive:
            for name in names:
                about = zipfile.ZipInfo(name)
                about.compress_type = zipfile.ZIP_DEFLATED
                about.file_size = (out / name).stat().st_size
                with (out / name).open("rb") as file, archive.open(about, "w") as member:
                    shutil.copyfileobj(file, member)
        if not _holds(out / ZIP, packed):
            packed.seek(0)
            with files.writing(out / ZIP) as file:
                shutil.copyfileobj(packed, file)


def _holds(path: Path, content: IO[bytes]) -> bool:
    """Return whether a file exists and has this content, comparing block by block."""
    if not path.is_file() or path.stat().st_size != content.seek(0, 2):
        return False
    content.seek(0)
    with path.open("rb") as file:
        while block := file.read(files.BLOCK_BYTES):
            if content.read(files.BLOCK_BYTES) != block:
                return False
    return True
