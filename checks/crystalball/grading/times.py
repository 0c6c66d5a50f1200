"""Times as learning platforms write them: for programs, or in words, in whatever language."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

LONGEST = 100
"""Characters of a time."""


def read_time(text: str, zone: tzinfo | None) -> datetime | None:
    """A time with its zone; `None` for none, and for what is no full time.

    Args:
        text: such as `2026-01-02 03:04:05.6 Z` or `Tuesday, 6 October 2026, 11:59 PM`.
        zone: of a time that names none; `None` for the machine's own.
    """
    text = text.strip()
    if not re.search(r"\d{4}.*\d:\d\d|\d:\d\d.*\d{4}", text[:LONGEST]):
        return None
    try:
        moment: datetime | None = datetime.fromisoformat(re.sub(r"\s*(Z|UTC)$", "+00:00", text))
    except ValueError:
        import dateparser

        moment = dateparser.parse(text[:LONGEST], settings={"DATE_ORDER": "DMY"})
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=zone) if zone else moment.astimezone()
