"""The server shows the page, keeps favourites, makes files and gives out those alone."""

from __future__ import annotations

import json
import shutil
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from mirage_gan.auditioning import server
from mirage_gan.auditioning.server import MOST_BODY, Site, create_app
from mirage_gan.auditioning.workshop import Workshop
from mirage_gan.base.errors import ConfigError
from mirage_gan.exporting.export import export
from mirage_gan.folders import runs
from mirage_gan.folders.outputs import favourites
from mirage_gan.folders.outputs.favourites import Shelf
from mirage_gan.models.addresses import Address
from mirage_gan.settings.exporting import ExportConfig
from tests.support.asgi import OURS, PORT, TOKEN, ask
from tests.support.exports import contents, named

if TYPE_CHECKING:
    from pathlib import Path

    from mirage_gan.auditioning.guard import Guard
    from tests.support.asgi import Answer

NAMES = [
    "<script>alert(1)</script>", '"\'`&;', "../../../up", "\U0001f941\u202egnp.exe", "x" * 300, "a\0\n", "\ud800",
    "%2e%2e%2f", "#?&=", "CON",
]  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "tiny").mkdir()
    return tmp_path / "tiny"


def site(run: Path, out: Path, **more: Any) -> Site:
    shop = Workshop(run, {"ab12": runs.checkpoint_path(run, "best")}, out)
    return Site(
        lambda live: f"<p>{live}".encode(), "default-src 'none'", b"\x80\x01\xff", Shelf(run, "ab12"), shop, **more
    )


def app_of(run: Path, **more: Any) -> Guard:
    return create_app(site(run, run.parent / "export", **more), TOKEN, PORT)


def post(app: Guard, path: str, value: Any) -> Answer:
    return ask(app, f"/{TOKEN}/{path}", json.dumps(value).encode(), method="POST")


def get(app: Guard, path: str) -> Answer:
    return ask(app, f"/{TOKEN}/{path}")


# --- the page


def test_the_page_and_its_samples_are_served(run: Path) -> None:
    page, samples = get(app_of(run), ""), get(app_of(run), "sounds.bin")

    assert (page.status, page.body) == (200, f"<p>/{TOKEN}/".encode())
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (samples.status, samples.body) == (200, b"\x80\x01\xff")
    assert samples.headers["content-type"] == "application/octet-stream"
    assert samples.headers["content-length"] == "3"


@pytest.mark.parametrize("length", [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 300_000])
def test_samples_of_any_length_come_whole(run: Path, length: int) -> None:
    content = bytes(i % 251 + 1 for i in range(length))
    shown = site(run, run.parent / "export")
    app = create_app(Site(shown.page, shown.csp, content, shown.shelf, shown.workshop), TOKEN, PORT)

    assert get(app, "sounds.bin").body == content


@pytest.mark.parametrize(
    "path", ["gone", "favourites/", "/", "files/", "files", "progress", "checkpoint/3", "sounds.bin/x"]
)
def test_what_is_not_there_is_not_found(run: Path, path: str) -> None:
    assert get(app_of(run), path).status == 404


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("DELETE", "favourites"), ("GET", "export")])
def test_other_methods_are_refused(run: Path, method: str, path: str) -> None:
    assert ask(app_of(run), f"/{TOKEN}/{path}", method=method).status == 405


# --- favourites


def test_two_pages_do_not_lose_each_others_favourites(run: Path) -> None:
    one, other = app_of(run), app_of(run)
    post(one, "favourites", {"set": [{"seed": 17, "name": "Glass Bell"}]})
    post(other, "favourites", {"set": [{"seed": 3, "name": ""}], "reject": [{"seed": 5}]})

    answer = post(one, "favourites", {"set": [{"seed": 17, "spread": 0.2, "number": 3}]})

    assert answer.json == {
        "revision": 3,
        "favourites": [
            {"seed": 17, "name": "Glass Bell"},
            {"seed": 3, "name": ""},
            {"seed": 17, "spread": 0.2, "number": 3, "name": ""},
        ],
        "rejected": [{"seed": 5}],
    }
    assert get(other, "favourites").json == get(one, "favourites").json == answer.json
    changes = {"remove": [{"seed": 3}], "unreject": [{"seed": 5}]}
    assert post(other, "favourites", changes).json["rejected"] == []
    assert [item["seed"] for item in get(one, "favourites").json["favourites"]] == [17, 17]


def test_there_may_be_no_favourites(run: Path) -> None:
    assert get(app_of(run), "favourites").json == {"revision": 0, "favourites": [], "rejected": []}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_any_name_comes_back_and_nothing_else_is_written(run: Path, name: str) -> None:
    answer = post(app_of(run), "favourites", {"set": [{"seed": 3, "name": name}]})

    assert answer.json["favourites"] == [{"seed": 3, "name": name}]
    assert get(app_of(run), "favourites").json == answer.json
    assert sorted(path.name for path in run.parent.rglob("*")) == ["favourites.json", "favourites.lock", "tiny"]


def test_what_the_page_kept_is_what_is_exported(trained: Path, tmp_path: Path) -> None:
    run = tmp_path / "tiny"
    shutil.copytree(trained, run)
    post(app_of(run), "favourites", {"set": [{"seed": 17}, {"seed": 3, "name": "Bell"}], "reject": [{"seed": 9}]})
    export(ExportConfig(favourites=run / "favourites.json"), tmp_path / "page", root=tmp_path)
    export(named(trained, seed=(17, 3)), tmp_path / "seeds")

    assert sorted(contents(tmp_path / "page").values()) == sorted(contents(tmp_path / "seeds").values())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "the page sent no change of favourites: it is not valid JSON; load it again"),
        (
            b'{"set": [{}]}',
            "the page sent no change of favourites: of sound 1, it does not say its seed; load it again",
        ),
    ],
)
def test_what_is_no_change_is_said_in_one_line(run: Path, body: bytes, says: str) -> None:
    answer = ask(app_of(run), f"/{TOKEN}/favourites", body, method="POST")

    assert (answer.status, answer.json) == (400, {"error": says})
    assert list(run.iterdir()) == []


def test_a_damaged_file_of_favourites_is_named(run: Path) -> None:
    (run / "favourites.json").write_bytes(b"{")

    for answer in (get(app_of(run), "favourites"), post(app_of(run), "favourites", {"set": [{"seed": 3}]})):
        assert answer.status == 400
        assert answer.json["error"].startswith(f"{run / 'favourites.json'} is not valid JSON")


def test_a_place_where_nothing_can_be_written_is_named(run: Path) -> None:
    (run / "favourites.lock").mkdir()

    answer = post(app_of(run), "favourites", {"set": [{"seed": 3}]})

    assert (answer.status, answer.json) == (400, {"error": f"{run / 'favourites.lock'}: Is a directory"})


# --- large bodies, and clients that leave


@pytest.mark.parametrize("path", ["favourites", "export"])
@pytest.mark.parametrize("length", [{"content-length": str(400 << 16)}, {}], ids=["known", "unknown"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read_whole(
    run: Path, path: str, length: dict[str, str]
) -> None:
    pieces = [b" " * (1 << 16)] * 400

    answer = ask(app_of(run), f"/{TOKEN}/{path}", *pieces, method="POST", headers=OURS | length)

    assert answer.status == 413
    assert answer.read == (MOST_BODY >> 16) + 1


def test_the_largest_body_is_read(run: Path) -> None:
    body = b'{"set": [{"seed": 3}]}'.ljust(MOST_BODY)

    assert ask(app_of(run), f"/{TOKEN}/favourites", body, method="POST").status == 200
    assert ask(app_of(run), f"/{TOKEN}/favourites", body + b" ", method="POST").status == 413


def test_half_a_change_of_a_client_that_leaves_is_no_change(run: Path) -> None:
    body = b'{"set": [{"seed": 3}]}'

    ask(app_of(run), f"/{TOKEN}/favourites", body, method="POST", leaves=True)

    assert get(app_of(run), "favourites").json["favourites"] == []


# --- files


def test_what_is_made_can_be_downloaded(trained: Path, tmp_path: Path) -> None:
    app = create_app(site(trained, tmp_path / "export"), TOKEN, PORT)

    made = post(app, "export", {"what": "gotek", "sounds": [{"seed": 17, "name": "Glass Bell"}, {"seed": 3}]})

    assert made.status == 200
    assert made.json["out"] == str(tmp_path / "export")
    assert {"gotek/MIR01.img", "gotek/IMG.CFG"} <= set(made.json["files"])
    for name in made.json["files"]:
        file = get(app, f"files/{quote(name)}")
        assert file.body == (tmp_path / "export" / name).read_bytes()
        assert file.headers["content-disposition"] == f'attachment; filename="{name.rpartition("/")[2]}"'
        assert file.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_files_of_any_name_can_be_downloaded(trained: Path, tmp_path: Path, name: str) -> None:
    app = create_app(site(trained, tmp_path / "export"), TOKEN, PORT)

    (file,) = post(app, "export", {"what": "wav", "sounds": [{"seed": 3, "name": name}]}).json["files"]
    answer = get(app, f"files/{quote(file, safe='')}")

    assert answer.body == (tmp_path / "export" / file).read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment; filename")
    assert "\n" not in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "../../tiny/config.json", "..%2f..%2ftiny%2fconfig.json", "%2e%2e/%2e%2e/tiny/config.json", "export.json",
        "./MIR01.img", "MIR01.img/", "/MIR01.img", "gotek/../MIR01.img", "..\\..\\config.json", "MIR01.img%00", "",
        "mir01.IMG", "MIR02.img", "%2fetc%2fpasswd", "//etc/passwd", "..", ".",
    ],
)  # fmt: skip
def test_nothing_but_what_was_made_is_given_out(trained: Path, tmp_path: Path, path: str) -> None:
    app = create_app(site(trained, tmp_path / "export"), TOKEN, PORT)
    assert "MIR01.img" in post(app, "export", {"what": "disk", "sounds": [{"seed": 3}]}).json["files"]
    (tmp_path / "export" / "MIR02.img").write_bytes(b"somebody else's")

    assert get(app, "files/MIR01.img").status == 200
    assert get(app, f"files/{path}").status == 404


def test_a_link_that_took_the_place_of_a_file_is_not_followed(trained: Path, tmp_path: Path) -> None:
    app = create_app(site(trained, tmp_path / "export"), TOKEN, PORT)
    post(app, "export", {"what": "gotek", "sounds": [{"seed": 3}]})
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "MIR01.img").write_bytes(b"secret")
    file = tmp_path / "export" / "gotek" / "MIR01.img"

    file.rename(tmp_path / "kept.img")
    file.symlink_to(tmp_path / "secret" / "MIR01.img")
    assert get(app, "files/gotek/MIR01.img").status == 404
    file.unlink()
    assert get(app, "files/gotek/MIR01.img").status == 404
    for path in (tmp_path / "export" / "gotek").iterdir():
        path.unlink()
    (tmp_path / "export" / "gotek").rmdir()
    (tmp_path / "export" / "gotek").symlink_to(tmp_path / "secret", target_is_directory=True)
    assert get(app, "files/gotek/MIR01.img").status == 404


def test_what_cannot_be_made_is_said_in_one_line(run: Path) -> None:
    answer = post(app_of(run), "export", {"what": "disk", "sounds": []})
    assert (answer.status, answer.json) == (400, {"error": "a disk takes 1 sound or more: star some"})

    answer = post(app_of(run), "export", {"what": "disk", "sounds": [{"seed": 3}]})
    assert answer.status == 400
    assert "is not a run" in answer.json["error"]


# --- starting


def test_a_port_that_is_taken_is_named(run: Path) -> None:
    told: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError) as caught:
            server.serve(site(run, run / "export"), told.append, port=port)

    assert str(caught.value) == f"--port {port} is taken: choose another, or leave it out to get a free one"
    assert told == []


def test_a_sound_that_is_named_twice_has_its_last_name(run: Path) -> None:
    post(app_of(run), "favourites", {"set": [{"seed": 3, "name": "a"}, {"seed": 3, "name": "b"}]})

    assert favourites.load(run / favourites.FILE).addresses == [Address(3, name="b")]
