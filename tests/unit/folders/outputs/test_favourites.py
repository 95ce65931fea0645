"""A file of favourites is read as it was written, and what is none is refused in one line that says what to do."""

from __future__ import annotations

import codecs
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FolderError, FormatError, MirageGanError
from mirage_gan.folders.outputs import exports, favourites
from mirage_gan.folders.outputs.addresses import as_json
from mirage_gan.folders.outputs.exports import ExportIndex
from mirage_gan.models.addresses import Address
from tests.support import damage
from tests.support.addresses import a_latent, addresses

if TYPE_CHECKING:
    from pathlib import Path

LIKED = [
    Address(17, name="Glass Bell"),
    Address(3),
    Address(17, 0.2, 3, name="Soft Bell"),
    Address(z=a_latent(), name="Übung"),
]


def file_of(liked: list[Address], **about: Any) -> bytes:
    return json.dumps({"format": 1, "favourites": list(map(as_json, liked)), **about}).encode()


def test_favourites_come_in_their_order_with_their_names(tmp_path: Path) -> None:
    path = tmp_path / "liked.json"
    path.write_bytes(file_of(LIKED, run="tiny", checkpoint_sha256="ab12"))

    found = favourites.load(path)

    assert found.addresses == LIKED
    assert (found.run, found.checkpoint_sha256) == ("tiny", "ab12")


def test_what_they_were_chosen_from_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "liked.json"
    path.write_bytes(file_of(LIKED))

    assert (favourites.load(path).run, favourites.load(path).checkpoint_sha256) == (None, None)


@settings(max_examples=50)
@given(liked=st.lists(addresses(st.text()), min_size=1, max_size=5))
def test_any_addresses_come_back(liked: list[Address], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(file_of(liked))

    assert favourites.load(path).addresses == liked


def test_the_addresses_of_an_export_can_be_copied_into_it(tmp_path: Path) -> None:
    about = {"nearest": "", "novelty": 0.5, "faults": [], "run": "tiny", "length": 256, "sha256": "0" * 64}
    exports.save(tmp_path, ExportIndex({f"{i}.pcm": {"address": at, **about} for i, at in enumerate(LIKED)}))
    listed = json.loads((tmp_path / exports.MARKER).read_bytes())["files"]

    (tmp_path / "liked.json").write_text(
        json.dumps({"format": 1, "favourites": [listed[name]["address"] for name in sorted(listed)]})
    )

    assert favourites.load(tmp_path / "liked.json").addresses == LIKED


def test_a_byte_order_mark_of_windows_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "liked.json"
    path.write_bytes(codecs.BOM_UTF8 + file_of(LIKED))

    assert favourites.load(path).addresses == LIKED


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FolderError) as caught:
        favourites.load(tmp_path / "none.json")

    assert str(caught.value) == f"{tmp_path / 'none.json'} is missing"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", " is not valid JSON"),
        (b"RIFF\x00\xff\xfe", " is not valid JSON"),
        (b"17, 3, 40", " is not valid JSON"),
        (b'{"format": 1, "favourites": [{"seed": 3}', " is not valid JSON"),
        (b'{"format": 1, "favourites": [{"z": [NaN]}]}', " is not valid JSON"),
        (b"[17, 3]", " holds a list, not an object"),
        (b'{"favourites": [{"seed": 3}]}', " does not say its format"),
        (b'{"format": 2, "favourites": [{"seed": 3}]}', " has format 2, this mirage-gan reads up to 1"),
        (b'{"format": 1}', " does not say its favourites: it was damaged or edited; correct it, or make it again"),
        (b'{"format": 1, "favourites": []}', " holds no favourites: add some, or name sounds in another way"),
        (b'{"format": 1, "favourites": [{"seed": 3}], "rejected": [{}]}', ": of rejected sound 1, it does not say its"),
        (b'{"format": 1, "favourites": {}}', ": its favourites is an object, not a list; correct it, or make it"),
        (b'{"format": 1, "favourites": [17]}', ": its favourites[0] is a whole number, not an object; correct it"),
        (b'{"format": 1, "favourites": [{"seed": 3}, {}]}', ": of favourite 2, it does not say its seed; correct it"),
        (b'{"format": 1, "favourites": [{"seed": 3, "spread": 0.2}]}', ": of favourite 1, a neighbour of a seed needs"),
        (b'{"format": 1, "favourites": [{"seed": 3, "nmae": "Bell"}]}', ": Object contains unknown field nmae"),
        (b'{"format": 1, "favourites": [{"seed": -3}]}', ": its favourites[0].seed: Expected int >= 0; correct it"),
        (b'{"format": 1, "favourites": [{"seed": 3}], "run": 5}', ": its run is a whole number, not text or null"),
        (file_of([Address(z=a_latent())]).replace(b"[", b"[{", 1), " is not valid JSON"),
        (file_of([Address(z=a_latent()[:63])]), ": its favourites[0].z: Expected array of length >= 64; correct it"),
    ],
    ids=lambda value: None if isinstance(value, str) else value[:60].decode(errors="replace"),
)
def test_what_is_no_file_of_favourites_is_refused_in_one_line(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "liked.json"
    path.write_bytes(content)

    with pytest.raises(FormatError) as caught:
        favourites.load(path)

    assert str(caught.value).startswith(str(path))
    assert problem in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@settings(max_examples=300)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.json"
    path.write_bytes(data.draw(damage.damaged_json(file_of(LIKED, run="tiny", checkpoint_sha256="ab12"))))

    with contextlib.suppress(MirageGanError):
        found = favourites.load(path)
        assert found.addresses
        assert all((address.seed is None) is (address.z is not None) for address in found.addresses)
