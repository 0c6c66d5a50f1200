"""The place where answers are judged by the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec
from distributed import Client, KilledWorker, LocalCluster
from distributed.security import Security

from crystalball.cluster.desk import (
    NAME,
    RESOURCE,
    TAKEN_OVER,
    Desk,
    DeskOrder,
    Offer,
    judge_batch,
    kit_digests,
    mark,
    offer,
    packed,
)
from crystalball.cluster.options import LOCAL, ClusterOptions
from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.grading.intake import Answer
from crystalball.grading.scratch import MEMORY
from crystalball.grading.slot_pool import cores, unjudged
from crystalball.jail.levels import JailLevel
from crystalball.judging.verdict import Status, Verdict
from crystalball.outcomes.expect import load_spec
from crystalball.processes.process import StartError
from crystalball.reading.outside import Outside

TOGETHER = 50
"""Answers of a task: Dask takes some 2 ms for each task, and a worker that is lost loses one."""

SECONDS_TO_ANSWER, SECONDS_TO_COME = 20, 60
"""Within which the scheduler must answer, and the first worker be there."""

RETRIES = 2
"""Times that a task is tried anew when a worker's own processes fail."""

LOST = "The cluster cannot be reached any more ({}). What was judged is kept; the same command goes on."

WAITING = (
    "No worker that can be used is there: the grading waits for one. Ctrl-C ends it; what was judged is "
    "kept, and the same command goes on."
)

KILLED = Outside("the workers that judged it ended, one after the other: have they memory enough?")

OTHER_KIT = "another kit, or other versions of Python or of its libraries: give it the same environment"

OTHER_SANDBOX = "another sandbox ({}) than most: give it the same image and kernel"


@dataclass
class ClusterJudges:
    """The judges of a cluster. See `Judges`.

    Attributes:
        client: of the cluster.
        grading: tells its desks from those of another grading.
        root: of the kit.
    """

    client: Client
    grading: str
    root: Path

    most_together = TOGETHER

    @property
    def at_once(self) -> int:
        """Answers that are judged at a time: workers may come and go."""
        return max(1, self._desks)

    @property
    def _desks(self) -> int:
        workers = self.client.scheduler_info(n_workers=-1)["workers"].values()
        return round(sum(one["resources"].get(RESOURCE, 0) for one in workers))

    def tell_of_waiting(self, ended: Event, seconds: float = SECONDS_TO_COME) -> None:
        """Tells in a line that no worker is there, once each time that this goes on.

        Args:
            ended: is set when the grading ends.
            seconds: after which it is looked for workers, again and again.
        """
        told = False
        while not ended.wait(seconds):
            with contextlib.suppress(Exception):  # a scheduler that is gone is told where answers are
                alone = not self._desks
                if alone and not told:
                    print(WAITING, file=sys.stderr)
                told = alone

    def submit(self, answers: Sequence[Answer]) -> Future[list[Verdict]]:
        """Sends some answers to a worker; see `Judges`."""
        reached: Future[list[Verdict]] = Future()
        task = self.client.submit(
            *(judge_batch, self.grading, packed(answers)),
            pure=False,
            retries=RETRIES,
            resources={RESOURCE: 1},
        )
        task.add_done_callback(lambda done: self._take(done, answers, reached))
        return reached

    def _take(self, task: Any, answers: Sequence[Answer], reached: Future[list[Verdict]]) -> None:
        """Takes what came back; Dask calls this in one thread, one task after the other."""
        try:
            texts = msgspec.msgpack.decode(task.result(), type=list[str])
            reached.set_result([Verdict.from_json(text) for text in texts])
        except KilledWorker:
            self._one_by_one(answers, reached)
        except StartError as error:
            reached.set_exception(error)
        except BaseException as error:  # it is cancelled, or the connection is
            told = str(error) if TAKEN_OVER in str(error) else LOST.format(type(error).__name__)
            reached.set_exception(StartError(told))

    def _one_by_one(self, answers: Sequence[Answer], reached: Future[list[Verdict]]) -> None:
        """Of a task that no worker survives, each answer alone; one that none survives is not judged."""
        if len(answers) == 1:
            reached.set_result([self._not_judged(answers[0])])
            return
        parts = [self.submit([answer]) for answer in answers]

        def gather(_: object) -> None:
            if all(part.done() for part in parts):
                try:
                    reached.set_result([verdict for part in parts for verdict in part.result()])
                except StartError as error:
                    reached.set_exception(error)

        for part in parts:
            part.add_done_callback(gather)

    def _not_judged(self, answer: Answer) -> Verdict:
        spec = load_spec(self.root, answer.exercise)
        return unjudged(curriculum().find(answer.exercise), answer, spec.checks, Status.NOT_JUDGED, KILLED)

    def stop(self) -> None:
        """Ends whatever is judged; see `Judges`."""
        with contextlib.suppress(Exception):  # whatever a cluster that is gone says to that
            self.client.unregister_worker_plugin(NAME)


@dataclass(frozen=True)
class ClusterPlace:
    """The workers of a cluster that agree with this kit and with each other. See `Place`.

    Attributes:
        client: of the cluster.
        sandbox: what answers run in there.
        no_sandbox: the instructor wants none.
        hidden: folders of the grading.
        refused: a line for each worker that is not used, and why.
    """

    client: Client
    sandbox: JailLevel
    no_sandbox: bool
    hidden: Sequence[Path]
    refused: Sequence[str]

    @contextlib.contextmanager
    def judges(self, root: Path, seed: int, scratch: Path) -> Iterator[ClusterJudges]:
        """A desk on each worker, on those too that come later; they close with the grading."""
        hidden = tuple(map(str, self.hidden))
        order = DeskOrder(seed, kit_digests(root), str(self.sandbox), self.no_sandbox, hidden)
        judges = ClusterJudges(self.client, mark(order), root)
        self.client.register_plugin(Desk(order))
        ended = Event()
        Thread(target=judges.tell_of_waiting, args=[ended], daemon=True).start()
        try:
            yield judges
        finally:
            ended.set()
            judges.stop()


@contextlib.contextmanager
def open_cluster(
    options: ClusterOptions, root: Path, no_sandbox: bool, hidden: Sequence[Path]
) -> Iterator[ClusterPlace]:
    """Connects to a cluster, and asks its workers what they have to offer.

    Args:
        options: where it is.
        root: of the kit.
        no_sandbox: the instructor wants none.
        hidden: folders of the grading, which workers may see too, and no answer may.

    Raises:
        NotFound: there is no cluster, or no worker of it can be used.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told in our own words
    with contextlib.ExitStack() as opened:
        client = opened.enter_context(_connected(options, opened))
        try:
            client.wait_for_workers(1, SECONDS_TO_COME)
            offers = client.run(offer, no_sandbox)
        except (OSError, ImportError) as error:
            why = f"no worker came within {SECONDS_TO_COME} s"
            if isinstance(error, ImportError):
                why = (
                    f"a worker cannot import the kit ({error}): install it there, with the extra `cluster`"
                )
            raise NotFound(f"--cluster: {why}.") from None
        level, refused = _chosen(offers, kit_digests(root))
        yield ClusterPlace(client, level, no_sandbox, hidden, refused)


def _security(options: ClusterOptions) -> Security | None:
    files = options.tls_files()
    return Security(require_encryption=True, **files) if files else None


def _connected(options: ClusterOptions, opened: contextlib.ExitStack) -> Client:
    security = _security(options)
    if options.address == LOCAL:
        folder = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
        # Its messages are pickled, and another user of this machine could send some: so by TLS, too.
        cluster = LocalCluster(
            n_workers=cores(),
            threads_per_worker=1,
            dashboard_address=None,
            local_directory=folder,
            security=security or True,
            silence_logs=logging.CRITICAL,
        )
        return Client(opened.enter_context(cluster))
    try:
        return Client(options.address, timeout=SECONDS_TO_ANSWER, security=security)
    except (OSError, ValueError, TypeError) as error:
        raise NotFound(
            f"--cluster: no scheduler answers at {options.address} ({error}): is `dask scheduler` running "
            "there, and is that its address? With TLS it begins with tls://, and takes --tls-ca-file, "
            "--tls-cert and --tls-key."
        ) from None


def _chosen(offers: dict[str, Offer], kit: tuple[str, ...]) -> tuple[JailLevel, list[str]]:
    """The sandbox of most workers, and why the others are not used.

    Raises:
        NotFound: none is left.
    """
    refused = {
        name: one.refusal or OTHER_KIT for name, one in offers.items() if one.refusal or one.kit != kit
    }
    levels = Counter(one.sandbox for name, one in offers.items() if name not in refused)
    if not levels:
        name, why = next(iter(refused.items()))
        raise NotFound(f"--cluster: no worker can be used: {name}: {why}")
    ((level, _),) = levels.most_common(1)
    refused |= {
        name: OTHER_SANDBOX.format(one.sandbox)
        for name, one in offers.items()
        if name not in refused and one.sandbox != level
    }
    return JailLevel(level), [f"{name}: {why}" for name, why in sorted(refused.items())]
