"""The house rules that a machine can check: sizes, what a room says of itself, and where its tests are."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import mirage_gan

PACKAGE = Path(mirage_gan.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = sorted({path.parent for path in MODULES} - {PACKAGE})
TESTS = Path(__file__).parent


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_has_more_than_300_lines() -> None:
    assert len(MODULES) > 100
    assert {path.relative_to(PACKAGE).as_posix(): lines(path) for path in MODULES if lines(path) > 300} == {}


def test_no_test_file_has_more_than_500_lines() -> None:
    files = sorted(TESTS.parent.rglob("*.py"))

    assert len(files) > 100
    assert {path.relative_to(TESTS.parent).as_posix(): lines(path) for path in files if lines(path) > 500} == {}


def test_no_room_has_more_than_1500_lines() -> None:
    sizes = {room.relative_to(PACKAGE).as_posix(): sum(map(lines, room.glob("*.py"))) for room in ROOMS}

    assert {room: size for room, size in sizes.items() if size > 1500} == {}


def test_no_function_has_more_than_50_lines() -> None:
    long = {
        f"{path.relative_to(PACKAGE).as_posix()}: {node.name}": node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= 50
    }

    assert long == {}


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix())
def test_a_room_says_what_comes_in_what_goes_out_and_what_it_must_not_know(room: Path) -> None:
    about = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""

    assert all(word in about for word in ("In: ", "Out: ", "Must not know: ")), about


@pytest.mark.parametrize("room", ["cli", "exporting", "inspecting", "judging", "preprocessing", "sweeping", "training"])
def test_json_of_folders_is_read_and_written_in_folders_alone(room: str) -> None:
    words = ("load_json", "read_jsonl", "encode_json", "parse_json", "json.loads", "json.load(")
    found = {
        path.relative_to(PACKAGE).as_posix(): word
        for path in sorted((PACKAGE / room).rglob("*.py"))
        for word in words
        if word in path.read_text(encoding="utf-8")
    }

    assert found == {}


def test_every_unit_test_file_is_of_a_module_in_the_room_of_its_folder() -> None:
    strays = []
    for path in TESTS.rglob("test_*.py"):
        room = path.parent.relative_to(TESTS)
        if room.parts and room.parts[0] != "benches":  # the benches are tested too, and this file is of all rooms
            modules = [module.stem for module in (PACKAGE / room).glob("*.py")]
            tested = path.stem.removeprefix("test_")
            if not any(tested == name or tested.startswith(f"{name}_") for name in modules):
                strays.append(path.relative_to(TESTS).as_posix())

    assert strays == []
