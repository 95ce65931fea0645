"""`python -m mirage_gan`."""

from mirage_gan.cli import main

main(prog_name="mirage-gan")
