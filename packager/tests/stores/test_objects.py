"""What is a URL, and which file it names."""

from pathlib import Path

import pytest

from dataset_packager.base.findings import SetupError
from dataset_packager.stores.objects import local_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("file:///a/b", "/a/b"),
        ("FILE://localhost/a%20b", "/a b"),
        ("file:///w?y/a#b", "/w?y/a#b"),
        ("file:x/o", None),
        ("file:/x", None),
        ("a::b", None),
        ("s3://file/x", None),
    ],
)
def test_only_a_url_of_this_machines_files_names_a_path(text: str, path: str | None) -> None:
    assert local_path(text) == (path if path is None else Path(path))


@pytest.mark.parametrize("text", ["file://folder/x", "file://localhost", "file://"])
def test_a_url_with_too_few_slashes_is_refused(text: str) -> None:
    with pytest.raises(SetupError, match="three slashes"):
        local_path(text)
