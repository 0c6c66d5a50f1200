"""A desk: what a worker of the cluster judges with, its own slots in its own jail."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from distributed import Worker, WorkerPlugin, get_worker

import crystalball
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.grading.intake import Answer
from crystalball.grading.judges import Judges
from crystalball.grading.keys import checks_digest, versions
from crystalball.grading.slot_pool import this_machine

NAME = RESOURCE = "crystalball"
"""Of the plugin, so that a new grading takes the place of one whose client is gone; and of what Dask
counts: a task is sent only to a worker that has a desk, and no more at once than it has threads."""

TAKEN_OVER = "Another grading has taken over the workers of this cluster. The same command goes on."


class DeskOrder(msgspec.Struct, frozen=True):
    """What a grading wants of every worker.

    Attributes:
        seed: chooses the drawn cases.
        kit: what its verdicts depend on: see `kit_digests`.
        sandbox: the level of the sandbox, by name.
        no_sandbox: the instructor wants none.
        hidden: folders of the grading, which the worker may see too, and no answer may.
    """

    seed: int
    kit: tuple[str, ...]
    sandbox: str
    no_sandbox: bool
    hidden: tuple[str, ...]

    def __repr__(self) -> str:
        return "DeskOrder()"  # Dask logs what it runs, and the seed is a secret


class Offer(msgspec.Struct, frozen=True):
    """What a worker has to offer.

    Attributes:
        kit: see `kit_digests`.
        sandbox: the level of its sandbox, by name; empty where it refuses.
        refusal: why it refuses; empty where it does not.
    """

    kit: tuple[str, ...]
    sandbox: str = ""
    refusal: str = ""


def mark(order: DeskOrder) -> str:
    """A mark of an order, by which a task finds the desk that was opened for it.

    Args:
        order: of a grading.
    """
    return hashlib.sha256(msgspec.json.encode(order)).hexdigest()


def own_root() -> Path:
    """The root of the kit that this library belongs to."""
    return Path(crystalball.__file__).resolve().parents[2]


def kit_digests(root: Path) -> tuple[str, ...]:
    """What verdicts depend on but for the answer: the versions, and the checks of each exercise.

    Args:
        root: of the kit.
    """
    return versions(), *(checks_digest(root, exercise.id) for exercise in curriculum().exercises)


def offer(no_sandbox: bool) -> Offer:
    """What the worker that this runs on has to offer.

    Args:
        no_sandbox: the instructor wants none.
    """
    kit = kit_digests(own_root())
    try:
        return Offer(kit, str(this_machine(no_sandbox, [own_root()]).sandbox))
    except NotFound as refusal:
        return Offer(kit, refusal=str(refusal))


class Desk(WorkerPlugin):
    """Opens a worker's slots for one grading, and closes them when it ends or another begins.

    A worker that must refuse stays in the cluster and is sent nothing.

    Args:
        order: what the grading wants.
    """

    name = NAME

    def __init__(self, order: DeskOrder) -> None:
        self.order = order
        self.judges: Judges | None = None
        self._opened = contextlib.ExitStack()

    async def setup(self, worker: Worker) -> None:
        """Opens the slots; the first answers start what runs in them.

        Args:
            worker: which this is a plugin of.
        """
        found = await asyncio.to_thread(offer, self.order.no_sandbox)
        agrees = not found.refusal and (found.kit, found.sandbox) == (self.order.kit, self.order.sandbox)
        if agrees:
            self.judges = self._opened.enter_context(self._open(worker))
        await worker.set_resources(**{RESOURCE: worker.state.nthreads if agrees else 0})

    @contextlib.contextmanager
    def _open(self, worker: Worker) -> Any:
        scratch = Path(tempfile.mkdtemp(prefix="crystalball-", dir=worker.local_directory)).resolve()
        hidden = [own_root(), *map(Path, self.order.hidden)]
        place = this_machine(self.order.no_sandbox, hidden, slots=worker.state.nthreads)
        tempfile.tempdir = str(scratch)  # Dask removes it should the worker be killed
        try:
            with place.judges(own_root(), self.order.seed, scratch) as judges:
                yield judges
        finally:
            tempfile.tempdir = None
            shutil.rmtree(scratch, ignore_errors=True)

    async def teardown(self, worker: Worker) -> None:
        """Ends whatever is judged, and closes the slots.

        Args:
            worker: which this is a plugin of.
        """
        await worker.set_resources(**{RESOURCE: 0})
        if self.judges:
            self.judges.stop()
        await asyncio.to_thread(self._opened.close)


def packed(answers: Sequence[Answer]) -> bytes:
    """Answers as MessagePack; a name of a file need be no text, so each of its bytes goes as a sign.

    Args:
        answers: what was handed in.
    """
    return msgspec.msgpack.encode([_renamed(one, "utf-8", "latin-1") for one in answers])


def _unpacked(batch: bytes) -> list[Answer]:
    answers = msgspec.msgpack.decode(batch, type=list[Answer])
    return [_renamed(one, "latin-1", "utf-8") for one in answers]


def _renamed(answer: Answer, now: str, then: str) -> Answer:
    names = {name: name.encode(now, "surrogatepass").decode(then, "surrogatepass") for name in answer.files}
    return replace(answer, files={names[name]: content for name, content in answer.files.items()})


def judge_batch(grading: str, batch: bytes) -> bytes:
    """Judges some answers on the worker that this runs on.

    Args:
        grading: whose desk it is.
        batch: the answers, as MessagePack.

    Returns:
        Their verdicts as MessagePack, each as JSON.

    Raises:
        RuntimeError: the desk is another grading's.
    """
    desk = get_worker().plugins.get(NAME)
    if not isinstance(desk, Desk) or desk.judges is None or mark(desk.order) != grading:
        raise RuntimeError(TAKEN_OVER)
    verdicts = desk.judges.submit(_unpacked(batch)).result()
    return msgspec.msgpack.encode([verdict.to_json() for verdict in verdicts])
