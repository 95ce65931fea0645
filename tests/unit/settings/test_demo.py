"""The demo of each kind of sound has a folder of its own."""

from mirage_gan.settings.demo import DemoConfig


def test_each_kind_has_a_folder_of_its_own() -> None:
    assert DemoConfig().folder == "mirage-demo"
    assert DemoConfig("oneshot").folder == "mirage-demo-oneshot"
