"""Rows of tables, as numbered lines of JSON: CSV and TSV as a stream, Parquet and Arrow a few rows at a time.

    for number, line in csv_lines(stream, limit): ...      # line: b'{"instruction": …}'
    for number, line in arrow_lines(path): ...

Cells that hold JSON (a column `messages`) are read by foreign_rows. Memory is bounded by a record batch.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from autotrain.errors import DataError

_ROWS_AT_ONCE = 64
MAGIC = {b"PAR1": "parquet", b"ARRO": "arrow", b"\xff\xff\xff\xff": "arrow"}
"""The first four bytes of a file, and what it is."""
NOT_TAKEN = {
    b"PK\x03\x04": "a zip archive or a spreadsheet: unpack it, or save the sheet as CSV",
    b"SQLi": "an SQLite database: export its table as CSV",
    b"\x89HDF": "an HDF5 file: write its rows as JSONL",
    b"BZh9": "packed with bzip2: unpack it, or pack it with gzip or zstandard",
    b"\xfd7zX": "packed with xz: unpack it, or pack it with gzip or zstandard",
    b"7z\xbc\xaf": "a 7-Zip archive: unpack it",
    b"\x80\x04\x95": "a pickle, which could run any code when opened: write its rows as JSONL",
}
_HEADER = re.compile(rb"\s*\"?[A-Za-z_][\w .-]*\"?\s*[,;\t|]")


def is_csv(path: Path, head: bytes) -> bool:
    """Whether a file is a table of separated values: by its name, and by a head that is no JSON."""
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    return name.endswith((".csv", ".tsv", ".tab")) and bool(_HEADER.match(head))


def csv_lines(stream: IO[bytes], limit: int) -> Iterator[tuple[int, bytes]]:
    """`(row number, JSON)` of each row under the header; a row with too many cells comes as a list of them."""
    csv.field_size_limit(limit)
    text = io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline="")
    header_line = text.readline(limit)
    delimiter = max(",;\t|", key=header_line.count)
    header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    # A line without end comes in pieces: as rows that cannot be read, and never whole.
    reader = csv.reader(iter(lambda: text.readline(limit // 4), ""), delimiter=delimiter)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, f"a row of a table that cannot be read: {error}".encode()
            continue
        if any(map(str.strip, cells)):
            row: Any = dict(zip(header, cells, strict=False)) if len(cells) <= len(header) else cells
            line = orjson.dumps(row)
            yield number, line if len(line) <= limit else b"a row of a table that is too long"


def arrow_lines(path: Path, kind: str) -> Iterator[tuple[int, bytes]]:
    """`(row number, JSON)` of each row of a Parquet or Arrow file. Raises DataError where it is damaged."""
    import pyarrow as pa

    number = 0
    try:
        for batch in _batches(path, kind):
            for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
                for row in batch.slice(start, _ROWS_AT_ONCE).to_pylist():
                    number += 1
                    yield number, orjson.dumps(row, default=_plain)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{path} is damaged: {str(error).splitlines()[0][:200]}.") from None


def _batches(path: Path, kind: str) -> Iterator[Any]:
    import pyarrow as pa

    if kind == "parquet":
        import pyarrow.parquet as parquet

        with parquet.ParquetFile(path, pre_buffer=False) as file:
            yield from file.iter_batches(batch_size=_ROWS_AT_ONCE)
        return
    with pa.memory_map(str(path)) as source:
        if source.read(6) == b"ARROW1":
            file = pa.ipc.open_file(source)
            yield from (file.get_batch(place) for place in range(file.num_record_batches))
        else:
            source.seek(0)
            yield from pa.ipc.open_stream(source)


def _plain(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
