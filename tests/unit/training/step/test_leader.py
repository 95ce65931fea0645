"""A trainer for each of several processes: together they do what one does, and none waits for one that is lost."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.training.step.leader import Leader
from tests.support import crew

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from torch import Tensor

LOST = "WorkerError: a process that trains along was lost ("
GO_ON = "); the same command goes on from the last checkpoint"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes made of all cases."""
    place = tmp_path_factory.mktemp("team")
    assert crew.run(2, crew.all_cases, place) == [0, 0]
    assert [crew.error(place, rank) for rank in range(2)] == ["", ""]
    return place


def assert_same(a: dict[str, Tensor], b: dict[str, Tensor]) -> None:
    assert sorted(a) == sorted(b)
    assert [name for name in a if not torch.equal(a[name], b[name])] == []


def assert_close(losses: Tensor, expected: Tensor) -> None:
    # a loss of wgan-gp is a difference, and may be next to nothing
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", crew.CASES)
def test_two_processes_have_the_losses_of_one(two: Path, name: str) -> None:
    alone = crew.losses(Leader(*crew.CASES[name], crew.examples()), crew.STEPS)

    assert_close(torch.load(two / "losses.pt")[name], alone)


def test_all_processes_come_to_the_same_state_bit_for_bit(two: Path) -> None:
    leader, follower = (torch.load(two / f"states{rank}.pt") for rank in range(2))

    assert len(leader) == len(follower) == len(crew.CASES)
    for a, b in zip(leader, follower, strict=True):
        assert_same(a, b)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lists the threads of a process")
def test_no_thread_outlives_the_others_company(two: Path) -> None:
    """One that lets go of a tensor while Python ends would abort the process."""
    for rank in range(2):
        names = (two / f"threads{rank}").read_text(encoding="utf-8").splitlines()
        assert names
        assert [name for name in names if "gloo" in name] == []


def test_two_processes_go_on_bit_for_bit(two: Path) -> None:
    assert crew.run(2, crew.second_half, two) == [0, 0]

    assert_same(torch.load(two / "state2.pt"), torch.load(two / "states0.pt")[0])


@pytest.mark.parametrize("count", [1, 4])
def test_another_number_of_processes_goes_on(two: Path, count: int) -> None:
    assert crew.run(count, crew.second_half, two) == [0] * count

    assert_close(torch.load(two / f"losses{count}.pt"), torch.load(two / "losses.pt")["wave"][crew.HALF :])


def test_another_dataset_is_refused_in_one_line(tmp_path: Path) -> None:
    assert crew.run(2, crew.other_waves, tmp_path) == [0, 0]

    assert crew.error(tmp_path, 1) == (
        "ConfigError: process 1 has another dataset than process 0: copy the folder to every machine"
    )
    assert crew.error(tmp_path, 0).startswith(LOST)


def test_the_leader_s_errors_are_its_own(tmp_path: Path) -> None:
    assert crew.run(2, crew.refused, tmp_path) == [0, 0]

    assert crew.error(tmp_path, 0) == "ConfigError: nothing goes"
    assert not crew.error(tmp_path, 1)


@pytest.mark.parametrize(
    ("job", "codes", "told"),
    [
        (crew.lost_follower, [0, 0, crew.LOST], [True, True, False]),
        (crew.lost_leader, [crew.LOST, 0, 0], [False, True, True]),
        (crew.broken_leader, [1, 0], [False, True]),
        (crew.interrupted_leader, [1, 0], [False, True]),
    ],
)
def test_the_end_of_one_in_the_middle_is_the_end_of_all(
    tmp_path: Path, job: Callable[[Path], None], codes: list[int], told: list[bool]
) -> None:
    assert crew.run(len(codes), job, tmp_path) == codes

    for rank, is_told in enumerate(told):
        error = crew.error(tmp_path, rank)
        assert error.startswith(LOST) == error.endswith(GO_ON) == is_told
        assert "\n" not in error
