"""What to do next where a file already does what the Next of a mistake asks for: `already.toml` has it."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path


@cache
def in_place() -> Mapping[str, Mapping[str, str]]:
    """By the mistake's id, and a call that a file may have: what to do next in place of its Next."""
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return tomllib.load(file)


def next_in_place(id: str, already: Collection[str]) -> str:
    """What to do next in place of what the file does already; empty where it does not.

    Args:
        id: of the mistake.
        already: calls of the file.
    """
    return next((text for call, text in in_place().get(id, {}).items() if call in already), "")
