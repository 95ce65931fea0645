"""How variations are written is checked as it is for an export."""

from pathlib import Path

import pytest

from mirage_gan.base.errors import ConfigError
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.varying import VaryConfig

SOUND = Path("kick.wav")


def test_files_are_written_as_those_of_an_export() -> None:
    config = VaryConfig(SOUND, to=("wav", "disk"), bits=24, note="A2", layout="split8", seed=7, count=3)

    assert config.files == ExportConfig(to=("wav", "disk"), bits=24, note="A2", layout="split8")
    assert VaryConfig(SOUND).files.formats == ("wav",)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"amount": 1.5}, "--amount is 1.5; it must be 0 to 1"),
        ({"method": "magic"}, "--method is magic; choose from patches"),
        ({"preview": True}, "--preview is for disks"),
        ({"to": ("pcm",), "note": "A2"}, "--note is for "),
    ],
)
def test_what_does_not_go_together_is_refused(settings: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        VaryConfig(SOUND, **settings)  # type: ignore[arg-type]

    assert str(caught.value).startswith(says)
