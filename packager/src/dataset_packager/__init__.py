"""Package records that JSON Schemas describe as a dataset that anyone can load, verify and rebuild byte for byte."""

__version__ = "0.1.0"
