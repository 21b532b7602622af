"""Read one step ahead: the next item is made in a thread while the caller works on this one.

For readers and writers that let go of the interpreter (Arrow, DuckDB): reading, mapping and writing then share the
processor cores. At most one item waits, so memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

_Item = TypeVar("_Item")
_END = object()


def read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The same items in order; an error of the iterator is raised where its item would have come."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as worker:
        coming = worker.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = worker.submit(next, items, _END)
            yield item  # type: ignore[misc]


class WriteBehind:
    """Runs writes in order in one thread, at most one waiting; an error is raised by the next call or at the end."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="write-behind")
        self._last: Future[None] | None = None

    def submit(self, write: Callable[[], None]) -> None:
        """Run `write` after the one before it has ended."""
        self.wait()
        self._last = self._worker.submit(write)

    def wait(self) -> None:
        """Return when nothing is waiting to be written."""
        if self._last is not None:
            self._last.result()
            self._last = None

    def __enter__(self) -> WriteBehind:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.shutdown(wait=True)
        if error is None:
            self.wait()
