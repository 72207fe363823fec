"""The names of the files of a release."""

CARD = "README.md"
DATASHEET = "DATASHEET.md"
CROISSANT = "croissant.json"
PROVENANCE = "provenance.intoto.json"
CONFIGURATION = "schema/dataset.json"
LICENSE = "LICENSE"
REPORT = "report.html"
ASSETS = "assets/"
DECLARATION = "bagit.txt"
INFO = "bag-info.txt"
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
UNSPOKEN = (DECLARATION, INFO, MANIFEST, TAG_MANIFEST, CARD, PROVENANCE)  # the provenance doesn't speak of them


def released_path(path: str) -> str:
    """Return where a schema or query of the project stands in the release: always in ``schema/``."""
    return path if path.startswith("schema/") else f"schema/{path}"
