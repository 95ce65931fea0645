"""The audition page as bytes: what is joined, what is escaped, what its policy allows."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from mirage_gan.pages import audition_page
from tests.support.audition import HOSTILE, make_data, unpacked

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = resources.files("mirage_gan.pages").joinpath("templates", "audition")


class Elements(HTMLParser):
    """The texts of scripts and styles, and all attributes of elements, as a browser reads them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = [("", {}, "")]
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self.found.append((f"/{tag}", {}, ""))  # text that follows is not of this element

    def handle_data(self, data: str) -> None:
        tag, attributes, text = self.found[-1]
        self.found[-1] = (tag, attributes, text + data)

    def texts(self, tag: str, kind: str | None = None) -> list[str]:
        return [text for name, attributes, text in self.found if name == tag and attributes.get("type") == kind]


def policy_of(page: bytes) -> str:
    return next(str(attributes["content"]) for _, attributes, _ in Elements(page).found if "http-equiv" in attributes)


@pytest.mark.parametrize("kind", ["loop", "one-shot"])
def test_a_page_holds_its_data_and_samples_whatever_things_are_called(kind: str) -> None:
    data, samples = make_data(kind, count=7, names=HOSTILE)

    found = Elements(audition_page.page(data, samples))

    assert [json.loads(text) for text in found.texts("script", "application/json")] == [{**data, "live": None}]
    [packed] = found.texts("script", "application/octet-stream")
    assert unpacked(packed) == samples
    assert len(packed) < len(samples)
    assert len(found.texts("script", "module")) == 1
    assert len([tag for tag, _, _ in found.found if tag == "script"]) == 3
    assert found.texts("title") == [data["title"]]


def test_the_beat_is_for_one_shots() -> None:
    assert b"view-beat" in audition_page.page(*make_data("one-shot"))
    assert b"view-beat" not in audition_page.page(*make_data("loop"))


def test_a_live_page_asks_its_server_for_samples() -> None:
    data, _ = make_data("loop")

    found = Elements(audition_page.page(data, None, live="/token/"))

    assert found.texts("script", "application/octet-stream") == [""]
    assert json.loads(found.texts("script", "application/json")[0])["live"] == "/token/"


def test_the_policy_allows_our_own_script_and_style_alone() -> None:
    page = audition_page.page(*make_data("loop"))
    found = Elements(page)
    hashes = {
        tag: f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for tag, text in (("script", found.texts("script", "module")[0]), ("style", found.texts("style")[0]))
    }

    policy = dict(rule.split(" ", 1) for rule in policy_of(page).split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"{hashes['script']} blob:"
    assert policy["style-src"] == hashes["style"]
    assert policy["connect-src"] == "'none'"
    assert "unsafe" not in str(policy)


def test_the_policy_of_a_live_page_is_that_of_the_header() -> None:
    page = audition_page.page(make_data("loop")[0], None, live="/token/")

    assert policy_of(page) == audition_page.csp()
    assert "connect-src 'self'" in audition_page.csp()


def test_no_attribute_runs_or_loads_anything() -> None:
    found = Elements(audition_page.page(*make_data("one-shot", names=HOSTILE)))

    names = {name for _, attributes, _ in found.found for name in attributes}
    targets = {attributes[name] for _, attributes, _ in found.found for name in ("href", "src") if name in attributes}
    assert not {name for name in names if name.startswith("on")} | ({"style"} & names)
    assert all(str(target).startswith("#icon-") for target in targets)


def test_modules_are_joined_each_once_after_what_they_import() -> None:
    sources = {
        "main": 'import { a, B } from "./one.js";\nimport { C } from "./two.js";\na(B, C);\n',
        "one": 'import { C } from "./two.js";\n\nexport const B = C;\nexport async function a() {}\n',
        "two": "export class C {}\n",
        "other": "never();\n",
    }

    assert audition_page.bundle("main", sources) == "class C {}\nconst B = C;\nasync function a() {}\na(B, C);"


def test_modules_that_import_each_other_are_an_error() -> None:
    sources = {"a": 'import { B } from "./b.js";\n', "b": 'import { A } from "./a.js";\n'}

    with pytest.raises(ValueError, match="modules import each other: a -> b -> a"):
        audition_page.bundle("a", sources)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_joined_script_is_a_module_without_imports_and_without_two_of_a_name(tmp_path: Path) -> None:
    script = Elements(audition_page.page(*make_data("loop"))).texts("script", "module")[0]
    file = tmp_path / "page.mjs"
    file.write_text(script, encoding="utf-8")

    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)
    assert "</script" not in script
    assert "<!--" not in script
    subprocess.run(["node", "--check", str(file)], check=True, capture_output=True)


def sources() -> dict[str, str]:
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in FOLDER.iterdir()
        if entry.name.endswith((".js", ".css"))
    }


@pytest.mark.parametrize(
    "word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http:", "https:"]
)
def test_scripts_make_no_markup_of_texts_and_reach_nothing(word: str) -> None:
    allowed = {"dom.js"} if word == "http:" else set()  # the name of the SVG namespace
    found: Any = {name for name, text in sources().items() if word in text}

    assert found <= allowed
