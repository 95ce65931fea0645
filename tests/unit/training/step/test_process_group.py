"""How processes find each other, and what they are told where they cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from mirage_gan.base.errors import ConfigError, WorkerError
from mirage_gan.settings.training import TrainConfig
from mirage_gan.training import plan
from mirage_gan.training.step import process_group

if TYPE_CHECKING:
    from pathlib import Path

TORCHRUN = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in TORCHRUN:
        monkeypatch.delenv(name, raising=False)


def share(monkeypatch: pytest.MonkeyPatch, count: int, rank: int = 0) -> None:
    """Let this process believe that it is one of several."""
    monkeypatch.setattr(process_group, "rank", lambda: rank)
    monkeypatch.setattr(process_group, "world_size", lambda: count)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(count))


def test_a_process_of_its_own_joins_nobody() -> None:
    with process_group.joined() as rank:
        assert rank == 0
        assert (process_group.rank(), process_group.world_size()) == (0, 1)
        assert not torch.distributed.is_initialized()
        assert process_group.shard(8) == slice(0, 8)


def test_alone_a_mean_is_what_was_given() -> None:
    tensors = [torch.arange(3.0), torch.ones(2, 2)]

    assert process_group.all_reduce_mean(tensors) is tensors


def test_parts_are_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = []
    for rank in range(4):
        share(monkeypatch, 4, rank)
        parts += list(range(12))[process_group.shard(12)]

    assert parts == list(range(12))


@pytest.mark.parametrize("text", ["", "two", "-1"])
def test_a_number_of_processes_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("WORLD_SIZE", text)

    with (
        pytest.raises(ConfigError, match=r"^WORLD_SIZE is '.*', and torchrun sets it to a number: unset it"),
        process_group.joined(),
    ):
        pass


def test_processes_that_nobody_introduced_are_told_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")

    with (
        pytest.raises(
            ConfigError, match=r"cannot join the other processes: .*; start all of them with torchrun"
        ) as error,
        process_group.joined(),
    ):
        pass
    assert "\n" not in str(error.value)


def test_a_lost_process_is_told_of_without_the_place_in_pytorch_s_sources() -> None:
    with pytest.raises(WorkerError) as error, process_group._losses():
        raise RuntimeError("[/some/where/pair.cc:553] Connection closed by peer [127.0.0.1]:1234\nand so on")

    assert str(error.value) == (
        "a process that trains along was lost (Connection closed by peer [127.0.0.1]:1234); the same command goes on "
        "from the last checkpoint"
    )
    with pytest.raises(WorkerError, match=r"was lost \(RuntimeError\)"), process_group._losses():
        raise RuntimeError


def test_a_mac_s_gpu_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    process_group.check_device("mps")
    share(monkeypatch, 2)

    with pytest.raises(ConfigError, match=r"^--device mps has no way to share a run among processes: use --device cpu"):
        process_group.check_device("mps")


def test_each_process_needs_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    share(monkeypatch, 2)
    process_group.check_device("cuda")
    share(monkeypatch, 3)
    process_group.check_device("cpu")

    with pytest.raises(ConfigError, match=r"^3 processes of one machine cannot share 2 GPUs: start one for each"):
        process_group.check_device("cuda")


@pytest.mark.parametrize(
    ("more", "multiple"),
    [({}, 3), ({"packing": 2}, 6), ({"minibatch_std": True}, 12), ({"packing": 2, "minibatch_std": True}, 24)],
)
def test_a_batch_that_cannot_be_shared_evenly_is_refused(
    monkeypatch: pytest.MonkeyPatch, workplace: Path, more: dict[str, int], multiple: int
) -> None:
    config = TrainConfig(dataset=workplace / "dataset", model="wave", device="cpu", batch_size=16, **more)  # type: ignore[arg-type]
    plan.resolve(config)
    share(monkeypatch, 3)

    with pytest.raises(
        ConfigError, match=f"3 processes cannot share --batch-size 16 evenly: choose a multiple of {multiple}$"
    ):
        plan.resolve(config)
    assert plan.resolve(replace(config, batch_size=multiple)).step_settings.batch_size == multiple
