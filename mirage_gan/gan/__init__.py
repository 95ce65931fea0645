"""Networks that make waves, and what judges them."""
