"""What the commands do: a config and a folder in, a report out."""
