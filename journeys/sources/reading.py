"""Find the files of a source and read them with the reader of its format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from journeys.errors import SourceError
from journeys.settings import Source
from journeys.sources.batches import Batch
from journeys.sources.csv_files import read_csv_batches
from journeys.sources.json_files import read_json_batches, read_jsonl_batches
from journeys.sources.ocel_files import read_ocel_batches
from journeys.sources.parquet_files import read_parquet_batches
from journeys.sources.xes_files import read_xes_batches
from journeys.sources.xlsx_files import read_xlsx_batches

_READERS: dict[str, Callable[[Path, Source, Sequence[str]], Iterator[Batch]]] = {
    "csv": read_csv_batches,
    "xlsx": read_xlsx_batches,
    "jsonl": read_jsonl_batches,
    "json": read_json_batches,
    "parquet": read_parquet_batches,
    "xes": read_xes_batches,
    "ocel": read_ocel_batches,
    "tokens": read_parquet_batches,
}
BEGINNING = "1990-01-01"  # earlier start times are refused
_CHUNK_BYTES = 1024 * 1024


def find_files(folder: Path, source: Source) -> list[Path]:
    """Files of a source below the sources/ folder, by name; raises SourceError where a named file is missing."""
    found = sorted(path for path in folder.glob(source.files) if path.is_file() and not path.name.startswith("."))
    if not found and not set("*?[") & set(source.files):
        raise SourceError(
            f"sources/{source.files}: the file is missing; put it there, or change `files` of source "
            f"'{source.name}' in config/sources.toml"
        )
    return found


def read_batches(path: Path, source: Source) -> Iterator[Batch]:
    """Yield the rows of one file as text; raises SourceError saying what is wrong with it."""
    return _READERS[source.format](path, source, wanted_columns(source))


def wanted_columns(source: Source) -> list[str]:
    """Columns that the settings of a source read."""
    return sorted({name for field in source.columns.values() for name in field.column_names()})


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        raise SourceError(
            f"{path.name}: the file cannot be read ({type(error).__name__}); check who may read it"
        ) from None
    return digest.hexdigest()
