"""Look up and build networks by name: a family of `settings.tables.families`, or the user's own, FILE.py:NAME."""

from __future__ import annotations

import importlib.util
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from mirage_gan.base import files
from mirage_gan.base.errors import ConfigError
from mirage_gan.models.conditions import Condition, cat_labels
from mirage_gan.models.latents import Stream, latents
from mirage_gan.models.networks import Networks, Spec
from mirage_gan.settings.choices import MINIBATCH
from mirage_gan.settings.tables.families import FAMILIES, Family, Variant, is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor


def find(model: str) -> Family:
    """Return the family that `--model` names; the file of a user's own networks is executed for that.

    Raises
    ------
    ConfigError
        If the file is missing, raises an error, or defines no family or function of that name.
    """
    if not is_own(model):
        return FAMILIES[model]
    path = _file(model)
    try:
        return _load(model, files.sha256(path))
    except OSError as error:
        raise ConfigError(f"--model {model}: {path}: {error.strerror}") from None


def _file(model: str) -> Path:
    return Path(model.rpartition(":")[0])


def file_sha256(model: str) -> str:
    """Return the SHA-256 of the file of a user's own networks, as hexadecimal digits."""
    return files.sha256(_file(model))


@lru_cache(maxsize=8)
def _load(model: str, sha256: str) -> Family:
    """Execute a file, and return the `Family` that it names; cached by content, so that an edited file runs again."""
    path, _, name = model.rpartition(":")
    described = importlib.util.spec_from_file_location(f"own_networks_{sha256[:16]}", path)
    assert described is not None  # noqa: S101 - its name ends in .py
    assert described.loader is not None  # noqa: S101 - likewise
    module = importlib.util.module_from_spec(described)
    with _running_own_code(f"--model {model}: {path} cannot be run"):
        described.loader.exec_module(module)
    found = getattr(module, name, None)
    if isinstance(found, Family):
        return found
    if not callable(found):
        raise ConfigError(f"--model {model}: {path} has no function {name} that takes a Spec and returns Networks")
    return Family(help="networks of your own", build=found)


def variant_of(spec: Spec) -> Variant:
    """Return the default settings of the networks that a spec describes, as they were when those were new."""
    variant = find(spec.model).variants[spec.generator]
    return variant.before if variant.before and not spec.spectrum else variant


def build(spec: Spec, seed: int) -> Networks:
    """Build the networks of a spec; their initial weights depend on nothing but the seed."""
    builder = _builder(find(spec.model))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks: Networks = builder(spec)
    return networks


def _builder(family: Family) -> Callable[[Spec], Any]:
    if not isinstance(family.build, str):
        return family.build
    module, _, name = family.build.partition(":")
    builder: Callable[[Spec], Any] = getattr(import_module(module), name)
    return builder


def check_own(spec: Spec) -> None:
    """Check a user's own networks on a small batch, before the first training step.

    Raises
    ------
    ConfigError
        If building or running them fails, if a tensor has the wrong shape (the message names both shapes), or if a
        weight is not used.
    """
    where = f"--model {spec.model}"
    batch = 2 * spec.packing * (MINIBATCH if spec.minibatch_std else 1)
    labels = torch.zeros(batch, dtype=torch.int64) if spec.classes else None
    condition = Condition(latents(batch, 0, Stream.LATENT, 0), labels)
    with _running_own_code(f"{where} cannot be used"):
        networks = build(spec, seed=0)
        if not isinstance(networks, Networks):
            raise ConfigError(f"{where} returns {type(networks).__name__}; it has to return Networks")
        waves = networks.generator.waves(condition)
        seen = networks.generator(condition)
        shown = networks.present(waves.detach())
        _check_shape(where, "the waves of its generator have", waves, (batch, spec.points), "(batch, points)")
        _check_shape(
            where, "what present makes of waves has", shown, tuple(seen.shape), "that of the generator's output"
        )
        logits = networks.discriminator(torch.cat([shown, seen]), cat_labels([labels, labels]))
        packs = 2 * batch // spec.packing
        _check_shape(where, "the logits of its discriminator have", logits, (packs,), "(batch / packing,)")
        _check_gradients(where, networks, seen, logits)


@contextmanager
def _running_own_code(problem: str) -> Iterator[None]:
    """Turn what the user's code raises into one line.

    This is the one place that catches every `Exception`: the code is not ours, so it may raise anything, and whatever
    it is, the user can mend it.
    """
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:
        raise ConfigError(f"{problem}: {_reason(error)}") from None


def _check_gradients(where: str, networks: Networks, seen: Tensor, logits: Tensor) -> None:
    """Raise ConfigError for unused weights, and try the second derivative of the discriminator that R1 needs."""
    for part, network in (("generator", networks.generator), ("discriminator", networks.discriminator)):
        named = dict(network.named_parameters())
        if not named:
            raise ConfigError(f"{where}: its {part} has no weights to train")
        found: tuple[Tensor | None, ...] = torch.autograd.grad(
            logits.sum(), list(named.values()), retain_graph=True, allow_unused=True
        )
        unused = [name for name, gradient in zip(named, found, strict=True) if gradient is None]
        if unused:
            raise ConfigError(f"{where}: nothing depends on the weights {unused[0]} of its {part}")
    (slope,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    if slope.requires_grad:  # a discriminator that is linear in its input has a constant gradient
        torch.autograd.grad(slope.square().sum(), list(networks.discriminator.parameters()), allow_unused=True)


def _check_shape(where: str, what: str, tensor: Tensor, wanted: tuple[int, ...], meaning: str) -> None:
    if tuple(tensor.shape) != wanted:
        raise ConfigError(f"{where}: {what} the shape {tuple(tensor.shape)}, and {wanted} is wanted, {meaning}")


def _reason(error: Exception) -> str:
    """Describe an error in one line of text, with the line number in the user's file where it is known."""
    at = error.__traceback__
    line = 0
    while at is not None:
        if Path(at.tb_frame.f_code.co_filename).suffix == ".py" and "own_networks_" in at.tb_frame.f_globals.get(
            "__name__", ""
        ):
            line = at.tb_lineno
        at = at.tb_next
    message = str(error).strip().splitlines() or ["without a message"]
    return f"{type(error).__name__}: {message[0]}{f' (line {line})' if line else ''}"
