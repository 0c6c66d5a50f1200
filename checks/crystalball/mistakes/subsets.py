"""Choices of tags that a program is likely to treat alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TypeVar

Tag = TypeVar("Tag", bound=str)

FEW = 4
"""Tags of which every choice is looked at."""


def some(tags: Iterable[Tag]) -> Iterator[tuple[Tag, ...]]:
    """Choices of at least one tag, all of them first.

    Of a few tags every choice; of many those that a program is likely to make: all, one group such
    as `Weights/…`, or all but one group. They are as many in every case of an exercise.

    Args:
        tags: those that are there.
    """
    tags = tuple(tags)
    if len(tags) <= FEW:
        for count in range(len(tags), 0, -1):
            yield from combinations(tags, count)
        return
    groups: dict[str, list[Tag]] = {}
    for tag in tags:
        groups.setdefault(tag.partition("/")[0], []).append(tag)
    yield tags
    yield from map(tuple, groups.values())
    yield from (tuple(tag for tag in tags if tag not in group) for group in groups.values())
