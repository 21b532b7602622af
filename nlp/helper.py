"""A second process that redacts and labels notes beside this one, over two pipes.

It ends when its pipe does, and so with this process however that ends. Notes are in memory and in pipes only; what goes
wrong in it is never written anywhere: it ends, and whoever asked does the work instead. Its end is `nlp.helping`.
"""

from __future__ import annotations

import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO, Any, Literal, Protocol

from journeys.taxonomy import Taxonomy

Kind = Literal["redact", "label"]
_LENGTH = struct.Struct("<Q")
_PIPE_SIZE = 1 << 20  # bytes; about a chunk of notes


class Gone(Exception):  # noqa: N818 - nothing went wrong here
    """The other process has ended, or was never there."""


class Worker(Protocol):
    """What does the work in either process."""

    def work(self, kind: Kind, chunk: Sequence[Any]) -> list[Any]:
        """Redact pairs of note and known values, or label redacted notes: one result each, in order."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the other process needs to give the same results: see `nlp.label.build_note_reader`."""

    taxonomy: Taxonomy
    weights: Any
    redaction: Literal["fast", "thorough"]


class Helper:
    """This process's end of the pipes."""

    def __init__(self, setup: Setup) -> None:
        # Modules are those of this process (-P: and not what lies in the folder it was started in).
        modules = os.pathsep.join(folder or str(Path.cwd()) for folder in sys.path)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "nlp.helping"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": modules}, pipesize=_PIPE_SIZE,
        )  # fmt: skip
        self._is_ready = Event()
        self._starting = Thread(target=self._set_up, args=[setup], daemon=True, name="notes-helper")
        self._starting.start()

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked; it takes some seconds at first."""
        return self._is_ready.is_set()

    @property
    def helper_id(self) -> int:
        """Of the other process."""
        return self._process.pid

    def work(self, kind: Kind, chunk: Sequence[Any]) -> list[Any]:
        """As `Worker.work`, in the other process; raises Gone where that has ended."""
        results: list[Any] = self._ask((kind, chunk))
        return results

    def close(self) -> None:
        """End the other process; it holds nothing that would be lost."""
        self._process.kill()
        self._process.wait()
        self._starting.join()
        for pipe in (self._process.stdin, self._process.stdout):
            # What it did not read any more cannot be written any more.
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]

    def _set_up(self, setup: Setup) -> None:
        try:
            self._ask(setup)
        except Gone:
            return
        self._is_ready.set()

    def _ask(self, question: Any) -> Any:
        write, read = self._process.stdin, self._process.stdout
        try:
            if write is None or read is None:
                raise Gone
            send(write, question)
            return receive(read)
        except Exception:  # whatever it was, the work can be done here, and what is said of it could hold a note
            raise Gone from None


def send(pipe: IO[bytes], what: Any) -> None:
    """Write one thing as a whole: in pieces, each would wait for this process's other thread."""
    packed = pickle.dumps(what, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(packed)) + packed)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """Read one thing; raises EOFError where the other end is closed. For pipes between processes of our own only."""
    length = pipe.read(_LENGTH.size)
    if len(length) < _LENGTH.size:
        raise EOFError
    packed = pipe.read(*_LENGTH.unpack(length))
    return pickle.loads(packed)  # noqa: S301 - from a process of our own
