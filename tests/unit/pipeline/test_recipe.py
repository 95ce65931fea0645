"""Recipes are read strictly, and what is wrong in one is said with its file, table and key."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirage_gan.base.errors import ConfigError, FolderError, FormatError, MirageGanError
from mirage_gan.pipeline import recipe
from mirage_gan.settings.exporting import ExportConfig
from mirage_gan.settings.preprocessing import PreprocessConfig
from mirage_gan.settings.tables.formats import exported
from mirage_gan.settings.training import TrainConfig

if TYPE_CHECKING:
    from mirage_gan.settings.fields import Checked

WHOLE = """
[preprocess]
sources = ["wavs", "more/wavs"]
kind = "loop"
points = 64
align = false
max_seconds = 5
out = "made"

[train]
model = "wave"
lr = 4e-6
steps = 100
max_minutes = 1.5

[export]
run = "mine"
to = ["pcm", "wav"]
length = 512
out = "sounds"
"""


def load(folder: Path, text: str | bytes) -> recipe.Recipe:
    path = folder / "recipe.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return recipe.load(path)


def complaint(folder: Path, text: str | bytes, kind: type[MirageGanError] = ConfigError) -> str:
    """Return what is said of a recipe, without the path that it begins with."""
    with pytest.raises(kind) as caught:
        load(folder, text)
    message = str(caught.value)
    assert message.startswith(str(folder / "recipe.toml"))
    assert "\n" not in message
    return message.removeprefix(str(folder / "recipe.toml")).removeprefix(": ")


def test_a_recipe_sets_what_it_names_and_leaves_the_defaults(tmp_path: Path) -> None:
    loaded = load(tmp_path, WHOLE)

    assert loaded == recipe.Recipe(
        preprocess=PreprocessConfig(
            sources=(Path("wavs"), Path("more/wavs")), kind="loop", points=64, align=False, max_seconds=5.0
        ),
        dataset=Path("made"),
        train=TrainConfig(dataset=Path("made"), model="wave", lr=4e-6, steps=100, max_minutes=1.5),
        export=ExportConfig(run="mine", to=("pcm", "wav"), length="512"),
        out=Path("sounds"),
    )


def test_a_recipe_may_leave_stages_out(tmp_path: Path) -> None:
    loaded = load(tmp_path, "[train]")

    assert (loaded.preprocess, loaded.export) == (None, None)
    assert loaded.train == TrainConfig(dataset=Path("dataset"))


def test_training_takes_the_dataset_that_is_made_before_it(tmp_path: Path) -> None:
    made = '[preprocess]\nsources = ["wavs"]\nout = "made"\n'

    assert load(tmp_path, made + "[train]").train == TrainConfig(dataset=Path("made"))
    assert load(tmp_path, made + '[train]\ndataset = "other"').train == TrainConfig(dataset=Path("other"))


def test_folders_left_out_are_those_of_the_commands(tmp_path: Path) -> None:
    loaded = load(tmp_path, '[preprocess]\nsources = ["wavs"]\n[export]')

    assert (loaded.dataset, loaded.out) == (Path("dataset"), Path("export"))


def test_paths_stay_relative_to_where_the_recipe_is_run(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()

    loaded = load(tmp_path / "deep", '[preprocess]\nsources = ["../wavs"]')

    assert loaded.preprocess == PreprocessConfig(sources=(Path("../wavs"),))


def test_a_path_of_windows_is_read_as_it_is_in_single_quotes(tmp_path: Path) -> None:
    loaded = load(tmp_path, "[preprocess]\nsources = ['C:\\new\\tones']\nout = 'D:\\made'\n[train]")

    assert loaded.preprocess == PreprocessConfig(sources=(Path("C:\\new\\tones"),))
    assert loaded.dataset == Path("D:\\made")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[preprocess]\nsources = ["C:\\Sounds"]', FormatError),
        ('[preprocess]\nsources = ["C:\\new"]', ConfigError),
        ('[preprocess]\nsources = ["wavs"]\nout = "D:\\tones"', ConfigError),
        ('[export]\nout = "D:\\tones"', ConfigError),
    ],
)
def test_a_path_of_windows_in_double_quotes_is_told_how_to_be_written(
    tmp_path: Path, text: str, error: type[MirageGanError]
) -> None:
    assert complaint(tmp_path, text, error).endswith(
        "; in double quotes, a backslash is the beginning of another letter: write paths with / or in single quotes"
    )


@pytest.mark.parametrize(("written", "read"), [("512", "512"), ('"512"', "512"), ('"source"', "source")])
def test_a_length_is_a_number_or_a_word(tmp_path: Path, written: str, read: str) -> None:
    assert load(tmp_path, f"[export]\nlength = {written}").export == ExportConfig(length=read)


def test_an_unknown_stage_gets_a_guess(tmp_path: Path) -> None:
    assert complaint(tmp_path, "[preproces]") == "there is no stage 'preproces'; did you mean 'preprocess'?"
    assert complaint(tmp_path, "[zzz]") == "there is no stage 'zzz'; choose from preprocess, train, export"


@pytest.mark.parametrize(
    ("stage", "written", "meant"),
    [
        ("preprocess", "source", "sources"),
        ("preprocess", "raw-rate-hz", "raw_rate_hz"),
        ("train", "batch-size", "batch_size"),
        ("train", "learning_rate", None),
        ("train", "out", None),
        ("export", "lenght", "length"),
    ],
)
def test_an_unknown_setting_gets_a_guess_or_the_list(
    tmp_path: Path, stage: str, written: str, meant: str | None
) -> None:
    message = complaint(tmp_path, f"[{stage}]\n{written} = 1")

    assert message.startswith(f"[{stage}] has no setting {written!r}; ")
    assert message.endswith(f"did you mean {meant!r}?") == (meant is not None)
    if meant is None:
        configs: dict[str, type[Checked]] = {"train": TrainConfig}
        fields = dataclasses.fields(configs[stage])  # type: ignore[arg-type]  # Checked ones are
        assert message.endswith("choose from " + ", ".join(field.name for field in fields))


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("[train]\nseed = 1.0", "[train] seed is 1.0; write a whole number"),
        ("[train]\nseed = true", "[train] seed is True; write a whole number"),
        ('[train]\nseed = "1"', "[train] seed is '1'; write a whole number"),
        ("[train]\nseed = [1]", "[train] seed is [1]; write a whole number"),
        ("[train]\nseed = 2026-01-01", "[train] seed is datetime.date(2026, 1, 1); write a whole number"),
        ('[train]\nlr = "4e-6"', "[train] lr is '4e-6'; write a number"),
        ("[train]\nlr = true", "[train] lr is True; write a number"),
        ("[train]\nmodel = 1", "[train] model is 1; write text in quotes"),
        ("[train]\nrun = {a = 1}", "[train] run is {'a': 1}; write text in quotes"),
        ("[train]\ndataset = 1", "[train] dataset is 1; write a path in quotes"),
        ('[preprocess]\nsources = ["a\\u0000b"]', "[preprocess] sources holds a null character; leave it out"),
        ('[preprocess]\nout = "a\\u0000b"', "[preprocess] out holds a null character; leave it out"),
        ('[train]\nrun = "a\\u0000b"', "[train] run holds a null character; leave it out"),
        ("[export]\nfill = 1", "[export] fill is 1; write true or false"),
        ('[export]\nfill = "yes"', "[export] fill is 'yes'; write true or false"),
        ('[export]\nto = "pcm"', "[export] to is 'pcm'; write a list, [ ... ]"),
        ("[export]\nto = [1]", "[export] to is 1; write text in quotes"),
        ("[export]\nlength = 512.0", "[export] length is 512.0; write text in quotes"),
        ("[export]\nlength = true", "[export] length is True; write text in quotes"),
        ("[export]\nout = 1", '[export] out is 1; write a path in quotes, such as "export"'),
        ('[preprocess]\nsources = "wavs"', "[preprocess] sources is 'wavs'; write a list, [ ... ]"),
        ("[preprocess]\nsources = [1]", "[preprocess] sources is 1; write a path in quotes"),
        (
            '[preprocess]\nsources = ["wavs"]\nout = ["made"]',
            "[preprocess] out is ['made']; write a path in quotes, such as \"dataset\"",
        ),
        ("train = 1", "train is a value; write a table, [train]"),
        ("[[train]]\nlr = 1e-3", "train is a value; write a table, [train]"),
    ],
)
def test_a_value_of_the_wrong_type_says_what_to_write(tmp_path: Path, table: str, says: str) -> None:
    assert complaint(tmp_path, table) == says


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("[train]\nlr = 4e06", "[train] --lr is 4000000.0; it must be 1e-09 to 1 (did you mean 4e-6?)"),
        ("[train]\nlr = 4000000", "[train] --lr is 4000000.0; it must be 1e-09 to 1 (did you mean 4e-6?)"),
        ("[train]\nlr = nan", "[train] --lr is nan; it must be 1e-09 to 1"),
        ("[train]\nbatch_size = 0", "[train] --batch-size is 0; it must be 1 to 65,536"),
        (
            '[train]\nmodel = "gan"',
            "[train] --model is gan; choose from auto, dcgan, wave, oneshot, pyramid, lstm, mlp, FILE.py:NAME",
        ),
        ("[export]\nlength = 1", "[export] --length is 1; give source, or 16 to 65535 samples"),
        (
            '[export]\nto = ["mp3"]',
            f"[export] --to is mp3; choose from {', '.join(exported())}",
        ),
    ],
)
def test_a_value_out_of_range_is_named_with_its_table(tmp_path: Path, table: str, says: str) -> None:
    assert complaint(tmp_path, table) == says


def test_missing_sources_are_asked_for(tmp_path: Path) -> None:
    assert complaint(tmp_path, "[preprocess]") == "[preprocess] needs sources"


def test_an_empty_list_of_sources_is_refused(tmp_path: Path) -> None:
    assert "sources" in complaint(tmp_path, "[preprocess]\nsources = []")


def test_an_empty_recipe_says_what_it_needs(tmp_path: Path) -> None:
    assert complaint(tmp_path, "# nothing yet") == " is empty: it needs a table such as [preprocess]"


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError) as caught:
        recipe.load(tmp_path / "gone.toml")

    assert str(caught.value) == f"{tmp_path / 'gone.toml'}: no such recipe"


@pytest.mark.parametrize("text", [b"not TOML", b"[train", b"[train]\nlr = 4e", b"\xff\xfe[\0", b"[train]\n[train]"])
def test_what_is_not_toml_is_said_to_be_none(tmp_path: Path, text: bytes) -> None:
    assert complaint(tmp_path, text, FormatError).startswith(" is not valid TOML: ")


@pytest.mark.parametrize(
    "table",
    [
        "[train]\nlr = 1" + "0" * 400,
        "[train]\nseed = 1" + "0" * 400,
        "[train]\nseed = 1" + "0" * 5000,
        "[export]\nlength = 0x1" + "0" * 5000,
        '[export]\nlength = "' + "9" * 5000 + '"',
        "[train]\nseed = " + "[" * 5000 + "]" * 5000,
    ],
    ids=["fraction", "whole", "too long to read", "length", "length as text", "lists in lists"],
)
def test_a_monstrous_value_is_refused_like_any_other(tmp_path: Path, table: str) -> None:
    with pytest.raises(MirageGanError):
        load(tmp_path, table)


words = st.sampled_from(["preprocess", "train", "export", "sources", "out", "lr", "seed", "to", "length", "size"])
values = st.sampled_from(
    ["1", "-1", "0x10", "0.5", "4e06", "nan", "inf", "true", '"wave"', '""', '"a\\u0000b"']
).flatmap(lambda value: st.sampled_from([value, f"[{value}]", f"[1, [{value}]]", f"{{a = {value}}}", "2026-01-01"]))
lines = st.builds("[{}]".format, words) | st.builds("{} = {}".format, words | st.text(max_size=5), values)


@given(text=st.text() | st.lists(lines, max_size=6).map("\n".join))
def test_any_text_is_a_recipe_or_is_refused_in_one_line(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    try:
        load(tmp_path_factory.getbasetemp(), text)
        said = ""
    except MirageGanError as error:
        said = str(error)
    assert "\n" not in said


@pytest.mark.parametrize("number", [2**53 + 1, 2**62, -(2**53) - 1])
def test_a_number_that_a_float_cannot_hold_is_refused_by_its_length(tmp_path: Path, number: int) -> None:
    (tmp_path / "long.toml").write_text(f"[train]\nseed = {number}\n")

    with pytest.raises(ConfigError, match="seed is a number of more than 15 digits; write a smaller one"):
        recipe.load(tmp_path / "long.toml")
