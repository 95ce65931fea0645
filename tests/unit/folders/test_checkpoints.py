"""What a checkpoint says of itself comes back as it was, and what no training wrote is refused."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mirage_gan.base.errors import FormatError, MirageGanError
from mirage_gan.folders import checkpoints, runs
from mirage_gan.folders.checkpoints import Rollback, TrainingState
from mirage_gan.inspecting.inspect import inspect
from mirage_gan.models import checkpoint
from tests.support import damage

if TYPE_CHECKING:
    from pathlib import Path

SPEC: dict[str, str | int | float | bool | None] = {"model": "wave", "generator": "", "points": 64, "width": 4}
BEST = {"step": 10, "score": 0.5, "coverage": 1.0, "recall": 0.25, "precision": 1.0}
STATE = TrainingState(
    step=20,
    spec=SPEC,
    settings={"lr": 1e-3},
    best=BEST,
    dead_checks=1,
    collapsed_checks=0,
    rollback=Rollback(15, 1e-4, 10),
    seconds=2.5,
)
TENSORS = {"average.a": torch.zeros(1), "generator.a": torch.ones(1)}


def test_it_comes_back_as_it_was_with_its_keys_in_order(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    checkpoints.save(path, TENSORS, STATE)

    tensors, state = checkpoints.load(path, "average.")

    assert (list(tensors), state) == (["a"], STATE)
    about = checkpoint.load(path)[1]
    assert list(about) == [
        "format", "step", "spec", "settings", "best", "dead_checks", "collapsed_checks", "rollback", "seconds"
    ]  # fmt: skip
    assert about["rollback"] == {"from": 15, "lr": 1e-4, "to": 10}
    assert json.dumps(about["best"]) == json.dumps(BEST)  # whole numbers stay whole


def test_one_of_before_collapses_were_counted_is_read(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    about = {key: value for key, value in STATE.as_json().items() if key not in ("collapsed_checks", "rollback")}
    checkpoint.save(path, TENSORS, about)

    state = checkpoints.load(path)[1]

    assert (state.collapsed_checks, state.rollback) == (0, None)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"spec": None}, "its spec is null, not an object"),
        (
            {"spec": {**SPEC, "width": [4]}},
            "a value of its spec is a list, not true or false, a number, text or null",
        ),
        ({"step": "20"}, "its step is text, not a whole number"),
        ({"best": []}, "its best is a list, not an object"),
        ({"best": {"score": 0.5}}, "its best does not say its step"),
        ({"seconds": None}, "its seconds is null, not a number"),
        ({"rollback": 1}, "its rollback is a whole number, not an object or null"),
    ],
)
def test_what_is_of_another_type_is_told_so(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, TENSORS, {**STATE.as_json(), **changes})

    with pytest.raises(FormatError) as caught:
        checkpoints.load(path, remedy="remove it to begin again")

    assert str(caught.value) == f"{path} was damaged or edited: {problem}; remove it to begin again"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"width": "4"}, "its width is text, not a whole number"),
        ({"width": 0}, "--width is 0; it must be 2 to 1,024"),
        ({"width": 10**9}, "--width is 1000000000; it must be 2 to 1,024"),
        ({"packing": 0}, "--packing is 0; it must be 1 to 16"),
        ({"activation": "relu"}, "--activation is relu; choose from none, sigmoid, tanh"),
        ({"generator": "sing"}, "--generator is sing; choose from draw, paint"),
        ({"points": 63}, "its network makes waves of 63 points, which there are none of"),
        ({"model": "telepathy"}, "the model is 'telepathy'"),
        ({"model": "auto"}, "the model is 'auto'"),
        ({"mood": "blue"}, "this mirage-gan knows other words"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    path = tmp_path / "last.safetensors"
    checkpoint.save(path, TENSORS, {**STATE.as_json(), "spec": {**SPEC, **changes}})

    with pytest.raises(FormatError) as caught:
        runs.load_sampler(path)

    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", ["average.a", "generator.a"])
def test_a_weight_that_is_not_finite_is_damage_where_it_is_asked_for(tmp_path: Path, name: str, value: float) -> None:
    path = tmp_path / "last.safetensors"
    checkpoints.save(path, {**TENSORS, name: torch.tensor([1.0, value])}, STATE)

    with pytest.raises(FormatError) as caught:
        checkpoints.load(path, remedy="remove it to begin again")

    assert str(caught.value) == (
        f"{path} is damaged: its {name} has values that are not finite; remove it to begin again"
    )
    if name == "generator.a":
        assert set(checkpoints.load(path, "average.")[0]) == {"a"}


@settings(max_examples=200)
@given(data=st.data())
def test_a_damaged_one_is_read_or_refused(
    trained: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    tensors, about = checkpoint.load(runs.checkpoint_path(trained, "last"))
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    text = data.draw(damage.damaged_json(json.dumps(about).encode()))
    with contextlib.suppress(UnicodeDecodeError):  # in this file it is text
        path.write_bytes(safetensors.torch.save(tensors, {"mirage-gan": text.decode()}))

    with contextlib.suppress(MirageGanError):
        sampler, _ = runs.load_sampler(path)
        sampler.generate([0])
    with contextlib.suppress(MirageGanError):
        inspect(path)
