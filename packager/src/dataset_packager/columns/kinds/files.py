"""Files that strings name: pictures, sound, films, documents, and any others, stored byte for byte with their paths.

``encode`` lays down the paths alone; who writes a shard puts the bytes beside them, when it has checked them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyarrow as pa
import pyarrow.compute as pc

from dataset_packager.base.paths import is_within
from dataset_packager.columns.kinds.interface import ColumnType, Plain, Unfit, only
from dataset_packager.columns.metadata import ROOT, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dataset_packager.columns.arrow import Array, ArrowField, DataType

BYTES, PATH = "bytes", "path"
MOST_BYTES, BYTES_LIMIT = 512 * 2**20, 2_000_000_000  # that a file may have; Arrow counts to 2^31 in an array
STORED = pa.struct([pa.field(BYTES, pa.binary()), pa.field(PATH, pa.string())])


@dataclass(frozen=True)
class FileType(ColumnType):
    """Files by their paths below ``root``, of at most ``max_bytes``; the member ``sha256`` states what they hold."""

    root: str = "."
    max_bytes: int = MOST_BYTES
    sha256: str | None = None

    options: ClassVar[Mapping[str, str]] = {
        "root": "the folder of the project that paths start from (default: the project itself)",
        "max_bytes": f"how large a file may be (default {MOST_BYTES:,}, at most {BYTES_LIMIT:,})",
        "sha256": "the member beside this one that states the SHA-256 of the file, in hexadecimal",
    }
    profile = "files"
    extra: ClassVar[str] = ""
    """The extra of this distribution that decodes such files; none where nothing can."""

    @classmethod
    def settle(cls, plain: Plain, options: Mapping[str, Any]) -> Self:
        """Return the type of paths."""
        cls.check(plain)
        root, sha256 = options.get("root", "."), options.get("sha256")
        if not isinstance(root, str) or not is_within(root):
            raise Unfit('root must be a folder of the project, as in "images"')
        if sha256 is not None and not isinstance(sha256, str):
            raise Unfit("sha256 must name the member that states the SHA-256 of the file")
        return cls(str(PurePosixPath(root)), only(options, "max_bytes", MOST_BYTES, 1, BYTES_LIMIT), sha256)

    @classmethod
    def read(cls, field: ArrowField) -> Self:
        """Return the type of a field; what only a build has to know isn't said there."""
        return cls(said(field, ROOT) or ".")

    @property
    def arrow_type(self) -> DataType:
        """The Arrow type struct<bytes: binary, path: string>, which ``datasets`` has for files."""
        return STORED

    @property
    def metadata(self) -> Mapping[str, str]:
        """Where paths start from, for whoever gives the files back."""
        return {} if self.root == "." else {ROOT: self.root}

    @property
    def form(self) -> str:
        """A path of a file."""
        return f"the path of a file below {self.root}, or null where there is none"

    @property
    def member(self) -> str:
        """What of a file Croissant reads: the bytes of those that it has a word for, of others the path."""
        return BYTES if self.data_type != FileType.data_type else PATH

    def within_project(self, path: str) -> str:
        """Return the path of a file in the project."""
        return str(PurePosixPath(self.root, path))

    def encode(self, plain: Array) -> Array:
        """Return paths, each without the bytes that belong to it; the empty one names no file."""
        paths = pc.if_else(pc.equal(plain, ""), pa.scalar(None, pa.string()), plain)
        return with_bytes(pa.nulls(len(paths), pa.binary()), paths)

    def decode(self, stored: Array) -> Array:
        """Return the paths."""
        return pc.struct_field(stored, PATH)

    @property
    def feature(self) -> dict[str, Any]:
        """The feature of ``datasets``."""
        return {"_type": self.name.title()}

    @property
    def card_feature(self) -> dict[str, Any]:
        """The same feature."""
        return {"dtype": self.name}

    def sql(self, value: str) -> str:
        """Return SQL of the path."""
        return f"struct_extract({value}, '{PATH}')"


@dataclass(frozen=True)
class Image(FileType):
    """Pictures of pixels; several formats in one column."""

    name = "image"
    noun = "pictures, named by their paths"
    data_type = "sc:ImageObject"
    extra = "images"


@dataclass(frozen=True)
class Audio(FileType):
    """Sound."""

    name = "audio"
    noun = "sound files, named by their paths"
    data_type = "sc:AudioObject"
    extra = "audio"


@dataclass(frozen=True)
class Video(FileType):
    """Films."""

    name = "video"
    noun = "films, named by their paths"
    data_type = "sc:VideoObject"
    extra = "video"


@dataclass(frozen=True)
class Pdf(FileType):
    """Documents of PDF."""

    name = "pdf"
    noun = "PDF documents, named by their paths"
    extra = "pdf"


@dataclass(frozen=True)
class File(FileType):
    """Any files, of whatever kind; ``datasets`` has no word for them, and gives bytes and path."""

    name = "file"
    noun = "files, named by their paths"

    @property
    def feature(self) -> dict[str, Any]:
        """A struct."""
        members = ((BYTES, "binary"), (PATH, "string"))
        return {name: {"dtype": dtype, "_type": "Value"} for name, dtype in members}

    @property
    def card_feature(self) -> dict[str, Any]:
        """The same struct."""
        return {"struct": [{"name": BYTES, "dtype": "binary"}, {"name": PATH, "dtype": "string"}]}


def with_bytes(contents: Array, paths: Array) -> Array:
    """Return files as they are stored; where there is no path there is no file."""
    structs: Any = pa.StructArray
    return structs.from_arrays([contents, paths], fields=list(STORED), mask=paths.is_null())
