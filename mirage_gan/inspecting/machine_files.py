"""Describe disks, SysEx dumps and Wavsyn files in the Mirage's own terms, and name their problems."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np

from mirage_gan.audio import disk_reading
from mirage_gan.base import files
from mirage_gan.base.errors import FormatError
from mirage_gan.inspecting import kits
from mirage_gan.inspecting.report import InspectReport
from mirage_gan.mirage import bank, parameter_block
from mirage_gan.mirage.bank import Bank
from mirage_gan.mirage.formats import disk, hfe, sysex, wavsyn
from mirage_gan.mirage.spec import MARKER_BYTES, PAGE_BYTES, SOUNDS, STOP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.mirage.parameter_block import SoundParameters
    from mirage_gan.mirage.spec import Half
    from mirage_gan.mirage.wavesample import Wavesample


_MOST_DUMPED: Final = 16 << 20  # bytes; all of the memory takes a quarter of a megabyte


def describe_disk(path: Path) -> InspectReport:
    """Describe a disk image or HFE file; raises FolderError and FormatError as `disk_reading.load` does."""
    image = disk_reading.load(path)
    with path.open("rb") as file:
        is_hfe = file.read(len(hfe.MAGIC)) == hfe.MAGIC
    found = InspectReport(path, "Mirage disk, HFE" if is_hfe else "Mirage disk image")
    banks = disk.parse(image)
    found.facts["sounds"] = [name for name in SOUNDS if name in banks]
    found.facts["operating system"] = "there" if disk.boots(image) else "none: it holds sounds only"
    if not banks:
        found.problems.append("its directory lists no sound, so the Mirage would show nF: copy the disk again")
    found.facts |= kits.describe(banks)
    for name, held in banks.items():
        found.facts[name] = _wavesamples(held.sound)
        found.problems += [f"{name}: {problem}" for problem in held.sound.problems()]
        parameters = disk.parameters(image, name)
        found.problems += [f"{name}: {problem}" for problem in _stale(parameters, disk.half_of(name), held.sound)]
        for number in parameter_block.used(held.sound):
            found.problems += [f"{name}: wavesample {number + 1}: {problem}" for problem in _audio(held, number)]
    return found


def describe_sysex(path: Path) -> InspectReport:
    """Describe a file of System Exclusive messages; raises FormatError if one is damaged."""
    content = files.read_bytes(path, _MOST_DUMPED, "it is no dump of a Mirage")
    try:
        messages = sysex.parse_all(content)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from None
    found = InspectReport(path, "MIDI System Exclusive of the Mirage", {"messages": len(messages)})
    found.facts["seconds on a MIDI cable"] = round(sysex.seconds(content), 1)
    kinds = Counter(sysex.name(message) for message in messages)
    found.facts["kinds"] = [f"{count} {kind}" for kind, count in kinds.items()]
    pages = [len(message.samples) // PAGE_BYTES for message in messages if isinstance(message, sysex.WaveDump)]
    if pages:
        found.facts["pages of audio"] = [str(count) for count in pages]
    # a dump replaces an earlier one of the same half
    dumps = {message.half.letter: message for message in messages if isinstance(message, sysex.ProgramDump)}
    parameters = {letter: parameter_block.parse(message.parameters) for letter, message in dumps.items()}
    found.facts |= kits.describe(
        {letter: Bank(held, sysex.memory(messages, dumps[letter].half, held)) for letter, held in parameters.items()}
    )
    for letter, parsed in parameters.items():
        half, last = dumps[letter].half, dumps[letter].parameters
        found.facts[f"{half.name} half"] = _wavesamples(parsed)
        found.problems += [f"{half.name} half: {problem}" for problem in parsed.problems()]
        found.problems += [f"{half.name} half: {problem}" for problem in _stale(last, half, parsed)]
    return found


def is_wavsyn(path: Path) -> bool:
    """Return whether a headerless file has the size of a Wavsyn file."""
    return path.stat().st_size == wavsyn.BYTES


def describe_wavsyn(path: Path) -> InspectReport:
    """Describe a Wavsyn file: the audio of all six sounds of a disk, without a header."""
    found = InspectReport(path, "audio of a disk, for Wavsyn", {"bytes": wavsyn.BYTES, "sounds": list(SOUNDS)})
    for name, audio in zip(SOUNDS, wavsyn.parse(path.read_bytes()), strict=True):
        samples = np.frombuffer(audio, np.uint8)
        found.facts[f"{name} bytes"] = f"0x{samples.min():02X} to 0x{samples.max():02X}"
        if stops := int((samples == STOP).sum()):
            found.problems.append(
                f"{name} holds {stops} bytes of 0x00, which Wavsyn turns into 0x01, the lowest level: they may click"
            )
    return found


def _wavesamples(held: SoundParameters) -> list[str]:
    """Return one line for each wavesample that at least one key plays."""
    return [f"wavesample {number + 1}: {_line(held.wavesamples[number])}" for number in parameter_block.used(held)]


def _line(wave: Wavesample) -> str:
    loop = f"loop {wave.loop_start:02X}-{wave.loop_end:02X}:{wave.loop_fine:02X}" if wave.loop_on else "loop off"
    tuned = f"tuning {wave.coarse}/{wave.fine:02X}"
    return f"pages {wave.start:02X}-{wave.end:02X}, {loop}, {tuned}, top key {wave.top_key + 1}"


def _stale(parameters: bytes, half: Half, held: SoundParameters) -> Iterator[str]:
    for number in parameter_block.stale(parameters, half):
        if number in parameter_block.used(held) and not held.wavesamples[number].page_problem():
            yield (
                f"wavesample {number + 1}: its pointers or segments do not fit its pages, so the Mirage plays "
                "something else until you edit one of its parameters"
            )


def _audio(held: Bank, number: int) -> Iterator[str]:
    """Yield the problems in the audio of a wavesample: missing stop markers, and stop codes inside."""
    wave = held.sound.wavesamples[number]
    if wave.page_problem():
        return
    samples = np.frombuffer(held.wave, np.uint8)
    first, end = wave.start * PAGE_BYTES, (wave.end + 1) * PAGE_BYTES
    if wave.loop_on:
        loop, after = bank.loop_samples(wave)
        yield from _loop(wave)
        # In free-run mode, the chip repeats a loop of one table by itself and never reaches the marker, but the tables
        # before the loop may.
        marker = samples[after : after + MARKER_BYTES]
        chain = wave.chain()
        if not (chain.free_run and not chain.loop) and (len(marker) < MARKER_BYTES or marker.any()):
            yield (
                f"zeros are missing after its loop, page {wave.loop_end:02X}, so the next sound in memory may be heard"
            )
        inside = samples[first:after]
        if (inside[loop - first :] == STOP).all():
            yield "its loop holds only zeros, which stop it, so it is silent"
    else:
        inside = samples[first : end - MARKER_BYTES]
        if samples[end - MARKER_BYTES : end].any():
            yield (
                f"zeros are missing at the end of page {wave.end:02X}, so the next sound in memory may be heard after "
                "it"
            )
    if (stops := np.flatnonzero(inside == STOP)).size:
        page, byte = divmod(int(stops[0]), PAGE_BYTES)
        yield f"byte {byte:02X} of page {wave.start + page:02X} is 0x00, which stops the sound there"


def _loop(wave: Wavesample) -> Iterator[str]:
    """Yield the problems in the length and position of a loop (docs/mirage.md, sections 3.6 and 3.7)."""
    pages = wave.loop_end - wave.loop_start + 1
    if wave.loop_end == wave.end and wave.loop_fine > 0xDF:
        yield (
            f"its loop ends on its last page with loop end fine {wave.loop_fine:02X}: above DF, there is no room for "
            "the zeros that must follow it"
        )
    if pages < 8 and not bank.is_good_loop(wave):
        yield (
            f"a loop of {pages} pages from page {wave.loop_start:02X} with loop end fine {wave.loop_fine:02X} "
            "may drop notes: 1, 2 or 4 pages that start at a multiple of their number, with loop end fine FF, are safe"
        )
