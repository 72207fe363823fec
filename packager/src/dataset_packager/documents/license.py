"""LICENSE: the text of the dataset's licence, as the project has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dataset_packager.base.check_result import unsound
from dataset_packager.base.files import regular_bytes, unreadable
from dataset_packager.base.findings import SetupError
from dataset_packager.documents.document import Document
from dataset_packager.project.read_config import LICENSE_FILES
from dataset_packager.release.names import LICENSE, PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.base.check_result import Told
    from dataset_packager.documents.release_facts import Facts
    from dataset_packager.project.config import Config
    from dataset_packager.release.release_files import Release

MOST_BYTES = 2**20


def _text(config: Config) -> str | None:
    name = config.license_file
    if name is None:
        return None
    try:
        return regular_bytes(config.project / name, MOST_BYTES).decode("utf-8")
    except OSError as error:
        raise unreadable(error, name, "the licence") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{name}: can't be read as the licence: {error}: write it in UTF-8") from error


def _reads(config: Config) -> Iterator[str]:
    if config.license_file is not None:
        yield config.license_file


def _write(facts: Facts) -> dict[str, str]:
    text = _text(facts.config)
    if text is None:
        return {}
    facts.check_unchanged(str(facts.config.license_file), text.encode("utf-8"))
    return {LICENSE: text}


def _check(release: Release) -> Iterator[Told]:
    """Check that the file is the one that was read: its SHA-256 is that of an input."""
    stated = release.config.document["tool"]["dataset-packager"].get("license_file")
    read = {name: release.inputs[name] for name in ([stated] if stated else LICENSE_FILES) if name in release.inputs}
    if LICENSE not in release.files:
        yield unsound(LICENSE, f"missing, though {next(iter(read))} was read") if read else 0
    else:
        same = release.sha256(LICENSE) in read.values()
        yield 1 if same else unsound(LICENSE, f"is not the licence that {PROVENANCE} has among what was read")


DOCUMENT = Document("license", (LICENSE,), _write, _check, reads=_reads, prepare=_text)
