"""The records of an event file, for detectives: in the order in which they were logged, nothing hidden.

tbparse sorts, merges and keeps silent about damage. `records` does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tensorboard.compat.proto.event_pb2 import Event

from crystalball.reading.events import events, is_restart, plugin_of, scalar
from crystalball.reading.records import BadChecksum, Truncated

__all__ = ["BadChecksum", "Record", "Truncated", "records"]

Kind = Literal["header", "restart", "scalar", "hparams", "other"]


@dataclass(frozen=True)
class Record:
    """One thing that a program wrote into an event file.

    Attributes:
        kind: `"header"` (the first record of each file), `"scalar"`, `"restart"` (a writer was opened
            with `purge_step=step`), `"hparams"` (what `add_hparams` writes), or `"other"` (text,
            images, …).
        wall_time: when it was written, in seconds since the epoch.
        step: the `global_step`; of a restart, the step from which earlier points count no more.
        tag: as it was logged; empty where there is none.
        value: of a scalar; NaN of all else.
    """

    kind: Kind
    wall_time: float
    step: int = 0
    tag: str = ""
    value: float = float("nan")


def records(path: str | Path) -> Iterator[Record]:
    """Reads an event file, record by record, and checks the checksums.

    Args:
        path: of the file.

    Yields:
        The records, in the order in which they were written.

    Raises:
        Truncated: the file ends in the middle of a record. The records before have been yielded.
        BadChecksum: the next record is not what was written. The records before have been yielded.
        ValueError: the same as either of these, which are both `ValueError`s; or no event at all.
        OSError: there is no such file, or it cannot be read.
    """
    for event in events(path):
        yield from (_records(event) if event else [Record("other", 0.0)])


def _records(event: Event) -> Iterator[Record]:
    time, step = event.wall_time, event.step
    for value in event.summary.value:
        number = scalar(value)
        if number is not None:
            yield Record("scalar", time, step, value.tag, number)
        else:
            kind: Kind = "hparams" if plugin_of(value) == "hparams" else "other"
            yield Record(kind, time, step, value.tag)
    if event.HasField("file_version"):
        yield Record("header", time, step)
    elif is_restart(event):
        yield Record("restart", time, step)
    elif not event.HasField("summary"):
        yield Record("other", time, step)
