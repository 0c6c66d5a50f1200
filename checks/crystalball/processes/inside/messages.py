"""How the kit and its processes talk: one JSON object a line, over two pipes.

JSON and not pickle: what a worker answers is hostile until proven otherwise, and unpickling runs
code.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

HELD: dict[str, Any] = {"held": True}
"""Said by a process that waits, in the midst of a request, until the trusted side lets it go."""


class Message(msgspec.Struct, frozen=True, tag=True, tag_field="is", forbid_unknown_fields=True):
    """A message, or a part of one; in JSON, `is` says which."""


def send(stream: BinaryIO, message: Any) -> None:
    """Writes one message.

    Args:
        stream: a pipe.
        message: plain data.
    """
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def serve(inbox: BinaryIO, outbox: BinaryIO, handle: Callable[[dict[str, Any]], Any]) -> None:
    """Answers each request until the inbox ends: the loop of every process that we start.

    Args:
        inbox: where the requests come from.
        outbox: where the answers go.
        handle: makes the answer to a request, as plain data.
    """
    for line in inbox:
        send(outbox, handle(json.loads(line)))


def adopt_streams(requests: int, answers: int, opening: int = os.O_RDWR) -> tuple[BinaryIO, BinaryIO]:
    """Takes the pipes of the messages out of the learner's reach: 0 is empty, 1 and 2 are text.

    Args:
        requests: descriptor of the pipe of requests.
        answers: descriptor of the pipe of answers.
        opening: how the three are opened; whoever may not write opens them to be read.

    Returns:
        The inbox and the outbox.
    """
    inbox, outbox = os.fdopen(os.dup(requests), "rb"), os.fdopen(os.dup(answers), "wb")
    for descriptor in {requests, answers} - {0, 1, 2}:
        os.close(descriptor)
    nothing = os.open(os.devnull, opening)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115  # for the life of the process
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  # for the life of the process
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115  # for the life of the process
    return inbox, outbox
