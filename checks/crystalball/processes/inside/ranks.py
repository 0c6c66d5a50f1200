"""The ranks of a distributed training: each is a process, and they find each other by a file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import torch.distributed as dist

SECONDS_ALONE = 6.0
"""A collective call that the other ranks do not join raises after this time."""


@contextlib.contextmanager
def process_group(folder: Path, rank: int, world_size: int) -> Iterator[None]:
    """Joins the ranks of a case; nothing is done where there is but one process.

    Args:
        folder: the case's own folder, which all ranks share.
        rank: of this process.
        world_size: how many ranks there are.
    """
    if world_size == 1:
        yield
        return
    # Gloo looks its own host name up otherwise, which not every machine can answer.
    os.environ["GLOO_SOCKET_IFNAME"] = "lo0" if os.uname().sysname == "Darwin" else "lo"
    dist.init_process_group(
        "gloo",
        init_method=(folder / "rendezvous").as_uri(),
        rank=rank,
        world_size=world_size,
        timeout=timedelta(seconds=SECONDS_ALONE),
    )
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # the learner's code may have destroyed it
            dist.destroy_process_group()
