"""What a command imports: starting takes as long as that, and PyTorch and SciPy have much that few commands need."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mirage_gan.audio import wavfile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirage_gan.base.arrays import Signal

USELESS = {"optuna", "tensorboard", "matplotlib", "starlette", "uvicorn", "torch._dynamo", "torch._inductor", "sympy"}
OF_SCIPY = {"scipy.stats", "scipy.signal", "scipy.interpolate", "scipy.optimize"}


@pytest.mark.parametrize(
    ("command", "needed", "others"),
    [
        (
            ["train", "--run", "new", "--model", "wave", "--width", "4", "--steps", "2", "--device", "cpu"],
            "torch",
            set(),
        ),
        (["export", "tiny", "--count", "1"], "torch", OF_SCIPY),
        (["preprocess", "loops", "--out", "made"], "torch", OF_SCIPY),
        (["inspect", "loops/0.wav"], "soundfile", OF_SCIPY | {"torch", "PIL"}),
    ],
    ids=["train", "export", "preprocess", "inspect"],
)
def test_a_command_imports_nothing_slow_that_it_does_not_use(
    workplace: Path, make_loop: Callable[..., Signal], command: list[str], needed: str, others: set[str]
) -> None:
    (workplace / "loops").mkdir()
    for i in range(3):
        (workplace / "loops" / f"{i}.wav").write_bytes(wavfile.build(make_loop(i), 44_100, 16))
    script = (
        "import sys; from click.testing import CliRunner; from mirage_gan.cli import main\n"
        f"result = CliRunner().invoke(main, {command!r})\n"
        "assert result.exit_code == 0, result.output\n"
        f"print(sorted({ ({needed} | others | USELESS)!r} & set(sys.modules)))"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=workplace, capture_output=True, text=True, check=True)

    assert done.stdout == f"['{needed}']\n"
