"""Measurements: `python -m tests.bench` from the top of the checkout. No test asserts a time."""
