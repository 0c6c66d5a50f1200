"""What must be true of whatever a submission holds or leaves: it is a verdict, soon, of a bounded size."""

import contextlib
import io
import os
import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import fuzzing_answers
import msgspec
from fuzzing_files import event_file, run_name

from crystalball.cases.inside.case import RUNS_DIR
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.doctor import diagnostics, reader, report, rules
from crystalball.evidence import records
from crystalball.grading.intake import MOST_NOTES, read_submission
from crystalball.grading.layouts import one_entry
from crystalball.grading.slot_pool import unjudged
from crystalball.jail.levels import JailLevel
from crystalball.jail.unpacker import Unpacker
from crystalball.judging.judge import Judge
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Verdict
from crystalball.outcomes.expect import Spec
from crystalball.processes.inside.notebook import NotebookRequest, ScriptReport, script_of_notebook
from crystalball.processes.inside.reports import Call, Loaded, LoadReport, Request, ReturnedPath, RunRequest
from crystalball.processes.inside.unpack import Unpacked, UnpackRequest, unpack
from crystalball.processes.inside.unpack_bounds import LARGEST_TOTAL, Budget
from crystalball.processes.process import Process
from crystalball.processes.worker import WorkerProcess
from crystalball.processes.worker_files import WorkerFiles
from crystalball.reading.budget import A_CASE, TooMuch
from crystalball.reading.event_log import read_folder
from crystalball.reading.outside import LONGEST_NAME, outside_line
from crystalball.reading.records import event_files
from crystalball.words.console import Signs
from crystalball.words.verdicts import plain_text

ROOT = Path(__file__).parents[2]

FUZZED = Path(__file__).parent / "fuzzed"
"""What once failed."""

LONGEST_VERDICT = 256 * 1024
"""Bytes of a verdict as JSON."""

EVENT_FILE = "events.out.tfevents.1.fuzz.1.0"

SELECTION = diagnostics.Selection((), (), frozenset())


def read_everywhere(folder: Path) -> None:
    """Reads what lies in a folder as the reader of a jail does, as the doctor does, and as a detective.

    Args:
        folder: with event files at or below it.

    Raises:
        Exception: whatever nobody expects of a file.
    """
    with contextlib.suppress(TooMuch):
        read_folder(folder, A_CASE)
    runs = reader.read([folder])
    report.to_text(runs, rules.examine(runs, SELECTION), Signs.of("utf-8")), report.to_json(runs, ())
    for _, files in event_files(folder):
        for file in files:
            with contextlib.suppress(ValueError, OSError):
                for _ in records(file):
                    pass


class OpensHere(Unpacker):
    """Opens archives in this process, as a reader does: to start one takes longer than to read."""

    def __init__(self) -> None:
        super().__init__(JailLevel.NONE)

    def unpack(self, file: BinaryIO, name: str, budget: Budget) -> Unpacked:
        """Looks into an archive."""
        request = UnpackRequest(str(file.name), os.fsencode(name), budget)
        return msgspec.msgpack.decode(unpack(request).held, type=Unpacked)

    def script(self, notebook: str) -> ScriptReport:
        """The script of a notebook."""
        return script_of_notebook(NotebookRequest(notebook))


def take_in(file: Path, unpacker: Unpacker) -> None:
    """Takes an archive in as a grading does, up to the folder that its worker would see.

    Args:
        file: the archive, alone in its folder.
        unpacker: opens it.

    Raises:
        Exception: whatever nobody expects of an archive.
    """
    exercises = curriculum().exercises[:3]
    submission = read_submission(one_entry(file), exercises, unpacker)
    assert [answer.exercise for answer in submission.answers] == [one.id for one in exercises]
    assert all(note == outside_line(note) for note in submission.notes)
    assert len(submission.notes) <= MOST_NOTES + 1
    for answer in submission.answers:
        if answer.problem is not None:
            status, why = answer.problem
            assert why == outside_line(why)
            is_a_verdict(unjudged(exercises[0], answer, (), status, why))
            continue
        assert answer.digest
        assert answer.place == outside_line(answer.place, LONGEST_NAME)  # one with a mark gets another
        assert sum(map(len, answer.files.values())) <= LARGEST_TOTAL
        folder = file.parent / "inner/most"
        folder.mkdir(parents=True)
        assert answer.write(folder).read_bytes() == answer.text
        assert [one.name for one in folder.parent.iterdir()] == ["most"]
        shutil.rmtree(folder.parent)
    assert [one.name for one in file.parent.iterdir()] == [file.name]


class Leaves:
    """A worker that leaves files, and has nothing else to say.

    Args:
        leave: writes them into the folder of the case.
    """

    def __init__(self, leave: Callable[[Path], None]) -> None:
        self.files = WorkerFiles()
        self._leave, self._folder = leave, Path()

    def request(self, request: Request) -> None:
        """Takes down which folder it is."""
        if isinstance(request, RunRequest):
            self._folder = Path(request.folder)

    def loaded(self, limit: float) -> LoadReport:
        """There is nothing to load."""
        return Loaded()

    def calls(self, limit: float, held: Callable[[], int] | None = None) -> tuple[Call, ...]:
        """Leaves the files."""
        runs = self._folder / RUNS_DIR
        self._leave(runs)
        found = [str(place) for place, _ in event_files(runs)]
        return (Call(ReturnedPath("str", found[0] if found else str(runs))),)

    def more_threads(self) -> int:
        """None."""
        return 0

    def end(self) -> int:
        """Nothing to end."""
        return 0


class Says(WorkerProcess):
    """A worker that says what it likes, and leaves what a solution does.

    Args:
        say: what, of the folder of its case.
        run: the folder that a solution left.
        status: with which it ends.
    """

    def __init__(self, say: Callable[[Path], bytes], run: Path, status: int) -> None:
        answers, ours = os.pipe()
        self._say, self._run, self._ours = say, run, open(ours, "wb")  # noqa: SIM115  # closed in `request`
        super().__init__(Process(io.BytesIO(), open(answers, "rb"), lambda grace: status, 2**20, 8))  # noqa: SIM115  # the process closes it

    def request(self, request: Request) -> None:
        """Says it all when it is asked to run something."""
        if isinstance(request, RunRequest):
            shutil.copytree(self._run, request.folder, dirs_exist_ok=True)
        elif self._ours.closed:
            return
        else:
            folder = Path(request.log).parent / "case-1"
            said = self._say(folder)
            threading.Thread(target=self._tell, args=(said,), daemon=True).start()

    def _tell(self, said: bytes) -> None:
        with contextlib.suppress(BrokenPipeError), self._ours:  # a pipe holds only so much
            self._ours.write(said)


class FuzzedJudge:
    """Judges what is made up, as if a program had left or said it.

    Args:
        judging_session: with the oracle.
        exercises: their numbers.
        folder: an empty one.
    """

    def __init__(self, judging_session: JudgingSession, exercises: tuple[str, ...], folder: Path) -> None:
        self._judging_session, self.folder = judging_session, folder
        self._exercises = [curriculum().find(number) for number in exercises]
        self._specs: dict[str, Spec] = {one.id: judging_session.spec(one) for one in self._exercises}
        for one in self._exercises:
            case = self._specs[one.id].cases.pinned[0]
            path = ROOT / "solutions" / f"{one.id}.py"
            assert judging_session.judge(one, path=path, cases=[case], runs=folder / one.id).passed
        self.runs = [file.read_bytes() for _, files in event_files(folder) for file in files]

    def files(self, rng: random.Random) -> bytes:
        """Makes a file, and judges whoever leaves it.

        Returns:
            The file.
        """
        exercise, content = rng.choice(self._exercises), event_file(rng, self.runs)
        name = run_name(rng) if rng.random() < 0.5 else ""
        self._judge(exercise, lambda: Leaves(lambda runs: self._leave(exercise, runs, content, name)))
        return content

    def _leave(self, exercise: Exercise, runs: Path, content: bytes, name: str) -> None:
        """Puts a file in place of the first one that a solution left, or a name in place of its run's."""
        shutil.copytree(self.folder / exercise.id / "case-1" / RUNS_DIR, runs, dirs_exist_ok=True)
        for place, files in event_files(runs):
            if name and place != runs:
                place.rename(place.with_name(name))
            else:
                (place / files[0].name).write_bytes(content)
            return

    def answers(self, rng: random.Random) -> bytes:
        """Makes answers up, and judges whoever gives them.

        Returns:
            The answers.
        """
        exercise, said = rng.choice(self._exercises), []

        def say(folder: Path) -> bytes:
            said.append(fuzzing_answers.answers(rng, folder))
            return said[-1]

        run = self.folder / exercise.id / "case-1"
        self._judge(exercise, lambda: Says(say, run, rng.choice((0, 1, -9, -31))))
        return b"".join(said)

    def _judge(self, exercise: Exercise, start: Callable[[], Leaves | Says]) -> None:
        spec = self._specs[exercise.id]
        judge = Judge(curriculum(), lambda order: start(), self._judging_session.oracle)
        path = ROOT / "solutions" / f"{exercise.id}.py"
        is_a_verdict(judge.judge(exercise, spec, path, cases=spec.cases.pinned[:1]))


def is_a_verdict(verdict: Verdict) -> None:
    """Asserts that a verdict can be kept, read back and told, and is not too long.

    Args:
        verdict: on whatever.
    """
    kept = verdict.to_json()
    assert len(kept.encode()) <= LONGEST_VERDICT, len(kept)
    assert Verdict.from_json(kept).to_json() == kept
    if not verdict.passed:
        _can_be_told(replace(verdict, seconds=0).to_json())


@lru_cache(1000)  # to tell a verdict takes longer than all else
def _can_be_told(kept: str) -> None:
    told = plain_text(Verdict.from_json(kept))
    told.encode()
    assert all(sign.isprintable() or sign == "\n" for sign in told), ascii(told)
