"""How long things take while some still go on: Kaplan and Meier's estimate (JASA 53, 1958).

In: durations, and which of them have ended; of the others it is known only that they last at least so long.
"""

from __future__ import annotations

from collections.abc import Sequence


def ended_within(days: Sequence[float], is_ended: Sequence[bool], share: float) -> float | None:
    """The time by which that share has ended, or None where so many still go on that it cannot be told.

    At equal times what ended counts before what still goes on. For 1, 2, 3+ and 4 (3 still going on), a half have ended
    within 2 and 3 in 4 within 4.
    """
    left, going = 1.0, len(days)
    for at, is_open in sorted(zip(days, (not ended for ended in is_ended), strict=True)):
        if not is_open:
            left *= 1 - 1 / going
            if 1 - left >= share - 1e-12:
                return float(at)
        going -= 1
    return None
