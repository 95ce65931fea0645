"""The audition page in Firefox and in WebKit, from a disk: chosen from, heard, and its network, as in Chromium."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mirage_gan.mirage import tuning
from mirage_gan.pages import audition_page
from tests.e2e import test_page_network_browser, test_sound
from tests.e2e.test_page_network_browser import LOOP, WHOLE
from tests.support.audition import make_data
from tests.support.other_browsers import FirefoxPage, OtherPage, firefox, wait_for, webkit
from tests.support.page_networks import fixture, harness, untrained

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mirage_gan.exporting.rendering import SoundShape
    from mirage_gan.models.networks import Spec


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherPage]:
    """One page of a browser, in which a test opens what it needs."""
    with firefox(tmp_path_factory.mktemp("profile")) if request.param == "firefox" else webkit() as page:
        yield page
        assert not isinstance(page, FirefoxPage) or page.said == []  # WebKit's driver tells of no console


@pytest.fixture
def sound_page(page: OtherPage, tmp_path: Path) -> OtherPage:
    (tmp_path / "sound.html").write_text(test_sound.html(), encoding="utf-8")
    page.goto((tmp_path / "sound.html").as_uri())
    return page


@pytest.mark.parametrize("kind", ["loop", "one-shot"])
def test_arrow_keys_play_letters_choose_and_stars_survive_a_reload(page: OtherPage, tmp_path: Path, kind: str) -> None:
    data, samples = make_data(kind, count=60, seconds=2)
    (tmp_path / "page.html").write_bytes(audition_page.page({**data, "run": kind}, samples))  # whose stars are its own
    page.goto((tmp_path / "page.html").as_uri())
    wait_for(page, "performance.getEntriesByName('playable').length")
    page.press("ArrowRight", "s", "ArrowRight", "x", "ArrowDown", "m")

    assert page.evaluate("[...document.querySelectorAll('.cell.starred')].map((cell) => cell.id)") == ["cell-0"]
    assert page.evaluate("document.querySelector('#cell-1').classList.contains('rejected')")
    assert page.evaluate("document.querySelector('#mirage').getAttribute('aria-checked')") == "true"
    assert page.evaluate("document.querySelector('#play').textContent.trim()") == "Stop"
    page.evaluate("document.querySelector('#midi-open').click()")
    assert "no Web MIDI" in page.evaluate("document.querySelector('#said').textContent")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.reload()
    wait_for(page, "document.querySelector('.cell.starred') !== null")
    assert page.evaluate("document.querySelectorAll('.cell.rejected').length") == 1


@pytest.mark.parametrize("through", [False, True], ids=["clean", "through"])
def test_a_loop_has_the_pitch_of_its_key_and_a_one_shot_its_length(sound_page: OtherPage, through: bool) -> None:
    for note in (36, 66, 96):
        loop = test_sound.play(test_sound.sound(test_sound.sine(256)), note)
        heard, _ = test_sound.render(sound_page, loop, through=through, seconds=1.5)
        assert abs(test_sound.cents_off(heard, tuning.note_hz(note))) < (6 if through else 2), note
    hit = test_sound.play(test_sound.sound(test_sound.sine(12_000, 600), "one-shot"), 60)
    heard, _ = test_sound.render(sound_page, hit, through=through, seconds=0.6)

    assert test_sound.heard_until(heard) == pytest.approx(12_000 / 29_412, rel=0.0035, abs=0.002)
    assert sound_page.evaluate("said") == []


@pytest.mark.parametrize("worker", ["works", "is missing"])
@pytest.mark.parametrize(("spec", "shape", "latents"), [(*LOOP, 10), (*WHOLE, 3)], ids=["loop", "whole"])
def test_the_network_makes_pythons_sounds_with_a_worker_and_without(
    page: OtherPage, tmp_path: Path, spec: Spec, shape: SoundShape, latents: int, worker: str
) -> None:
    made = fixture(untrained(spec), shape, latents)
    (tmp_path / "network.html").write_bytes(harness(made["network"]))
    page.goto((tmp_path / "network.html").as_uri())

    test_page_network_browser.check(page, made, worker)
