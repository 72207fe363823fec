"""Apache Arrow's IPC format, as a file or as a stream: each row is the record that its types mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from dataset_packager.records.arrow_rows import Rows
from dataset_packager.records.formats.interface import Damaged, whole_file
from dataset_packager.records.formats.parquet import MOST_ROWS, Seekable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dataset_packager.records.formats.interface import File, Lines, Raw, Reading, Source

_ERRORS = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)
_MAGIC = b"ARROW1"


class Arrow:
    """Files of Arrow."""

    suffixes = (".arrow",)
    compressed = False
    utf8 = False
    sections = ()

    def cuts(self, name: str, file: File, reading: Reading) -> None:
        """Return None: where batches begin isn't told by their bytes alone."""

    def read(self, source: Source) -> Iterator[Lines | Raw]:
        """Yield the rows."""
        rows, here = Rows(source), source.stored.tell()
        try:
            for batch in _batches(source.stored):
                batch.validate(full=True)
                for begin in range(0, batch.num_rows, MOST_ROWS):
                    yield from rows.lines(batch.slice(begin, MOST_ROWS))
        except _ERRORS as error:
            message = f"not Arrow: {str(error).strip().splitlines()[0][:200] if str(error).strip() else 'damaged'}"
            raise Damaged(whole_file(source.file, "json", message, "get the file again, or write it anew")) from error
        finally:
            source.stored.seek(here)  # whoever checks the bytes goes on from here


FORMAT = Arrow()


def _batches(file: File) -> Iterator[pa.RecordBatch]:
    file.seek(0)
    is_file = file.read(len(_MAGIC)) == _MAGIC
    file.seek(0)
    if is_file:
        reader = pa.ipc.open_file(Seekable(file))
        yield from (reader.get_batch(number) for number in range(reader.num_record_batches))
    else:
        yield from pa.ipc.open_stream(Seekable(file))
