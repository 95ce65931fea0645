"""The Ensoniq Mirage in bytes."""
