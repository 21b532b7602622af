"""The other process of `nlp.helper`: `python -m nlp.helping`.

In, from standard input: a `Setup`, then chunks of work. Out, to standard output: one answer for each, before the next is
read. When there is no more to read, because whoever started it has closed the pipe or has ended, it ends too.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import IO

from nlp.helper import Setup, receive, send
from nlp.label import build_note_reader


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until there are no more questions; raises EOFError then, and OSError where nobody reads the answers."""
    setup: Setup = receive(questions)
    reader = build_note_reader(setup.taxonomy, setup.weights, setup.redaction)
    answer: list[object] = []
    while True:
        send(answers, answer)
        kind, chunk = receive(questions)
        answer = reader.work(kind, chunk)


def main() -> None:
    """Serve on the standard streams; whatever happens, say nothing: it could hold a note."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library may print is no answer
    try:
        serve(sys.stdin.buffer, answers)
    except BaseException:  # noqa: BLE001 - the end of the pipe says it all
        os._exit(0)


if __name__ == "__main__":
    main()
