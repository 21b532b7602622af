"""Open a source file as bytes, whatever it is packed in: plain, gzip (.gz) or a zip archive with one file in it.

A packed file that unpacks to more than 200 times its size, or is cut short, is refused: it is damaged or meant to harm.
"""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from journeys.errors import SourceError

PACKED = frozenset({".gz", ".zip"})
_MOST_RATIO = 200
_FREE_BYTES = 64 * 1024 * 1024  # small files may be packed as tightly as they like
_FILE_CHUNK = 1024 * 1024
_DAMAGED = (
    EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError,
)  # fmt: skip
_NO_SIGNS = frozenset({"Cc", "Cs"})  # control signs, and bytes of a name that are no UTF-8


@contextmanager
def open_source(path: Path) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a source file; raises SourceError for archives that cannot or may not be unpacked."""
    check_name(path)
    ending = path.suffix.lower()
    try:
        if ending == ".gz":
            with gzip.open(path, "rb") as packed:
                yield io.BufferedReader(_Guarded(packed, path), _FILE_CHUNK)
        elif ending == ".zip":
            with ExitStack() as stack:
                yield io.BufferedReader(_Guarded(_open_zipped(path, stack), path), _FILE_CHUNK)
        else:
            with path.open("rb") as plain:
                yield plain
    except RecursionError:
        raise  # text nested too deep is the reader's to refuse, not a damaged archive
    except _DAMAGED as error:
        raise SourceError(
            f"{path.name}: the packed file is damaged or cut short, or needs a password ({type(error).__name__}); "
            "fetch it again, or unpack it yourself"
        ) from None
    except OSError as error:
        raise SourceError(
            f"{path.name}: the file cannot be read ({type(error).__name__}); check that you may read it and that its disk "
            "is there"
        ) from None


def check_name(path: Path) -> None:
    """Raise SourceError for a file whose name could not be stored or shown."""
    if any(unicodedata.category(sign) in _NO_SIGNS for sign in path.name):
        shown = path.name.encode("unicode_escape").decode()
        raise SourceError(f"{shown}: the file's name holds signs that cannot be shown; rename it")


def _open_zipped(path: Path, stack: ExitStack) -> IO[bytes]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(path))
        return stack.enter_context(archive.open(_only_member(archive, path)))
    except (ValueError, IndexError, struct.error) as error:  # what a broken directory makes of names and lengths
        raise zipfile.BadZipFile(type(error).__name__) from None


def _only_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise SourceError(
            f"{path.name}: the archive holds {len(members)} files, one is allowed; unpack it below sources/"
        )
    return members[0]


class _Guarded(io.RawIOBase):
    """Passes bytes on until they are far more than the packed file can honestly hold."""

    def __init__(self, packed: IO[bytes] | gzip.GzipFile, path: Path) -> None:
        self._packed, self._path = packed, path
        self._most = _FREE_BYTES + _MOST_RATIO * path.stat().st_size
        self._n_read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._packed.read(len(buffer))
        self._n_read += len(content)
        if self._n_read > self._most:
            raise SourceError(
                f"{self._path.name}: it unpacks to more than {_MOST_RATIO} times its size, which no contact log does; "
                "unpack it yourself if it is what it should be"
            )
        buffer[: len(content)] = content
        return len(content)
