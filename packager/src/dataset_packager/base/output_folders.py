"""What builds put into a folder for releases, and how it is called there."""

RELEASES, LOCK, REJECTED = ".releases", ".lock", ".rejected.jsonl"
INSTEAD_OF_LINK = ".dataset-packager"
"""A file that says of a folder which release it is, where it stands in the place of a link."""
