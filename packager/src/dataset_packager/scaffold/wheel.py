"""The build as a wheel, made from its own files: from a checkout and from an installed package alike, without network.

It follows the binary distribution format (wheel 1.0, PEP 427) and core metadata 2.4 (PEP 639). The files are stored
uncompressed and dated 1980-01-01, so that neither zlib's version nor a clock has a part in the bytes.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import io
import re
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from dataset_packager.base.files import failures
from dataset_packager.base.findings import SetupError
from dataset_packager.base.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAME = "dataset-packager"
FILE = f"dataset_packager-{__version__}-py3-none-any.whl"
INFO = f"dataset_packager-{__version__}.dist-info"
EPOCH = (1980, 1, 1, 0, 0, 0)
PACKAGE = Path(__file__).parents[1]
_SCRIPT = "dataset_packager.__main__:program"


def wheel() -> bytes:
    """Return the wheel.

    Raises:
        SetupError: neither a checkout's pyproject.toml nor an installed package's metadata says what it depends on.
        EnvironmentFailure: a file of the package can't be read.
    """
    requires, licence = _distribution()
    files = dict(_package_files())
    files[f"{INFO}/METADATA"] = _metadata(requires).encode()
    files[f"{INFO}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: {NAME} {__version__}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    ).encode()
    files[f"{INFO}/entry_points.txt"] = f"[console_scripts]\n{NAME} = {_SCRIPT}\n".encode()
    files[f"{INFO}/licenses/LICENSE"] = licence.encode()
    files[f"{INFO}/RECORD"] = _record(files).encode()
    return _zipped(files)


def _package_files() -> Iterator[tuple[str, bytes]]:
    with failures(PACKAGE):
        for path in sorted(PACKAGE.rglob("*")):
            parts = path.relative_to(PACKAGE.parent).parts
            if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in parts):
                yield "/".join(parts), path.read_bytes()


def _distribution() -> tuple[list[str], str]:
    """Return what the package depends on, in one spelling and order, and the text of its licence."""
    checkout = PACKAGE.parents[1] / "pyproject.toml"
    if checkout.is_file():
        head = tomllib.loads(checkout.read_text("utf-8")).get("project", {})
        if head.get("scripts", {}).get(NAME) == _SCRIPT:
            licence = (PACKAGE.parents[1] / "LICENSE").read_text("utf-8")
            return _normal(_stated(head)), licence
    for name in metadata.packages_distributions().get("dataset_packager", ()):
        installed = metadata.distribution(name)
        licence = installed.read_text("licenses/LICENSE") or ""
        return _normal(installed.requires or ()), licence
    raise SetupError(f"{PACKAGE}: neither a checkout nor installed: install it with pip, or run it from its repository")


def _stated(head: Mapping[str, object]) -> Iterator[str]:
    yield from head["dependencies"]  # type: ignore[misc]
    extras: Mapping[str, list[str]] = head.get("optional-dependencies", {})  # type: ignore[assignment]
    for extra, requirements in extras.items():
        yield from (f'{each}{" and" if ";" in each else ";"} extra == "{extra}"' for each in requirements)


def _normal(requirements: Iterable[str]) -> list[str]:
    """Return requirements as ``packaging`` writes them, without those of developers."""
    written = {str(Requirement(each)) for each in requirements}
    return sorted(each for each in written if 'extra == "dev"' not in each)


def _metadata(requires: Iterable[str]) -> str:
    about = ast.get_docstring(ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))) or ""
    head = {
        "Metadata-Version": "2.4",
        "Name": NAME,
        "Version": __version__,
        "Summary": about.splitlines()[0],
        "License-Expression": "Apache-2.0",
        "License-File": "LICENSE",
        "Requires-Python": ">=3.11",
    }
    lines = [f"{name}: {value}" for name, value in head.items()]
    lines += [f"Requires-Dist: {each}" for each in requires]
    lines += [f"Provides-Extra: {extra}" for extra in sorted(set(re.findall(r'extra == "(\w+)"', "\n".join(requires))))]
    return "\n".join(lines) + "\n"


def _record(files: Mapping[str, bytes]) -> str:
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join(lines) + f"{INFO}/RECORD,,\n"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # as on Unix, wherever it is made
            archive.writestr(entry, data)
    return whole.getvalue()
