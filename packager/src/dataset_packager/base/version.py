"""The version of the packager, for whoever writes it down; ``pyproject.toml`` takes it from here."""

__version__ = "0.2.0"
