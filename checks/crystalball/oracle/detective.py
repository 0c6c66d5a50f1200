"""The detective: what is wrong with a run by the definitions of exercise 18, read rightly or wrongly."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from crystalball.cases.broken_runs import BrokenRun
from crystalball.cases.event_files import write
from crystalball.evidence import BadChecksum, Record, Truncated, records
from crystalball.oracle.misreadings import Misreading
from crystalball.oracle.misreadings import Misreading as M

_REASONS = ("mixed_runs", "unpurged_restart", "second_file")
"""What a later file may be, in the order in which it is asked."""


@dataclass(frozen=True)
class Sign:
    """What earns a run a name.

    Attributes:
        name: of what is wrong.
        file: that shows it, below the run's directory; empty where it is no one file.
        tag: of the point that shows it; empty where it is none.
        step: of that point.
    """

    name: str
    file: str = ""
    tag: str = ""
    step: int | None = None


@dataclass(frozen=True)
class EvidenceFile:
    """A file of a run, read up to its damage.

    Attributes:
        name: below the run's directory.
        records: in the order of their logging.
        damage: the name of its damage; empty for none.
    """

    name: str
    records: tuple[Record, ...]
    damage: str = ""

    @cached_property
    def points(self) -> list[Record]:
        """Its scalars."""
        return [record for record in self.records if record.kind == "scalar"]

    @cached_property
    def of_hparams(self) -> bool:
        """Whether `add_hparams` opened it."""
        return any(record.kind == "hparams" for record in self.records)

    @cached_property
    def restarts(self) -> list[int]:
        """The steps of its restarts."""
        return [record.step for record in self.records if record.kind == "restart"]


@lru_cache(maxsize=256)
def _files(case: BrokenRun) -> tuple[EvidenceFile, ...]:
    with TemporaryDirectory() as folder:
        log_dir = write(Path(folder), case.files())
        return tuple(_read(log_dir / name, name) for name in case.files())


def _read(path: Path, name: str) -> EvidenceFile:
    found: list[Record] = []
    damage = ""
    try:
        found.extend(records(path))
    except Truncated:
        damage = "truncated"
    except BadChecksum:
        damage = "bad_checksum"
    return EvidenceFile(name, tuple(found), damage)


@lru_cache(maxsize=1 << 15)
def signs(case: BrokenRun, *wrong: Misreading) -> tuple[Sign, ...]:
    """What a detective finds in a run, the first sign of each name.

    Args:
        case: the run.
        wrong: how it is misread.
    """
    first: dict[str, Sign] = {}
    for sign in Detective(_files(case), frozenset(wrong)).look():
        first.setdefault(sign.name, sign)
    return tuple(first.values())


def nearest(case: BrokenRun, name: str) -> Sign:
    """What comes nearest to earning a run a name that it does not deserve.

    Args:
        case: the run.
        name: of what is not wrong with it.

    Returns:
        What a slight misreading takes for a sign of it; without a place where none does.
    """
    taken = (sign for misreading in M for sign in signs(case, misreading) if sign.name == name)
    return next(taken, Sign(name))


@dataclass(frozen=True)
class Detective:
    """Looks at the files of a run.

    Attributes:
        files: all that lie in its directory, and below.
        wrong: how they, or the definitions, are misread.
    """

    files: Sequence[EvidenceFile]
    wrong: Collection[Misreading] = ()

    def look(self) -> Iterator[Sign]:
        """All that is wrong, each as often as it is seen."""
        below = [file for file in self.files if "/" in file.name]
        own = self._own(below)
        damaged = list(self._damage(own))
        if M.DAMAGED_FILE_DROPPED in self.wrong:
            own = [replace(file, records=()) if file.damage else file for file in own]
        known = [*own, *below] if M.STRAY_POINTS_READ in self.wrong else own
        nothing = list(self._no_data(own, [point for file in known for point in file.points]))
        yield from nothing
        at_once = M.NO_DATA_AT_ONCE in self.wrong and not any(file.points for file in self.files)
        if nothing and (at_once or M.NO_DATA_ALONE in self.wrong):
            return
        yield from (*self._strays(below), *damaged)
        for one in known if M.STOPS_IN_ONE_FILE in self.wrong else [None]:
            yield from self._stops([one] if one else known)
        for group in [known] if M.DUPLICATES_OVER_FILES in self.wrong else [[file] for file in known]:
            yield from self._points(group)
        begun = [file for file in own if file.records]
        order = "name" if M.FILES_BY_NAME in self.wrong else "began"
        begun.sort(key=lambda file: file.name if order == "name" else file.records[0].wall_time)
        for group in [begun] if M.ORDER_OVER_FILES in self.wrong else [[file] for file in begun]:
            yield from self._order(group)
        compared = [f for f in begun if not f.of_hparams or M.HPARAMS_FILE_COUNTED in self.wrong]
        later = sorted(self._later(compared), key=lambda sign: _REASONS.index(sign.name))
        yield from later[:1] if M.ONE_REASON_FOR_ALL in self.wrong else later

    def _own(self, below: Sequence[EvidenceFile]) -> list[EvidenceFile]:
        """The event files of the run."""
        counted = {M.HPARAMS_FILE_COUNTED, M.HPARAMS_FILE_NOT_COMPARED_ONLY} & {*self.wrong}
        return [
            file
            for file in self.files
            if (file not in below or M.STRAY_FILES_READ in self.wrong)
            and ("tfevents" in file.name or M.STRANGERS_READ in self.wrong)
            and (not file.of_hparams or counted)
        ]

    def _strays(self, below: Iterable[EvidenceFile]) -> Iterator[Sign]:
        for file in below if M.STRAY_NEVER not in self.wrong else ():
            deep = file.name.count("/") > 1 and M.STRAY_ONE_LEVEL in self.wrong
            known = file.points or M.STRAY_WITH_POINTS_ONLY not in self.wrong
            if ("tfevents" in file.name and known and not deep) or M.STRAY_ANY_FOLDER in self.wrong:
                yield Sign("stray_run", file.name)

    def _damage(self, own: Iterable[EvidenceFile]) -> Iterator[Sign]:
        names = {"truncated": "truncated", "bad_checksum": "bad_checksum"}
        for misreading, damage, name in (
            (M.TRUNCATED_NEVER, "truncated", ""),
            (M.CHECKSUM_NEVER, "bad_checksum", ""),
            (M.DAMAGE_IS_TRUNCATION, "bad_checksum", "truncated"),
            (M.DAMAGE_IS_CHECKSUM, "truncated", "bad_checksum"),
        ):
            if misreading in self.wrong:
                names[damage] = name
        for file in own:
            if names.get(file.damage):
                yield Sign(names[file.damage], file.name)

    def _no_data(self, own: Sequence[EvidenceFile], points: Sequence[Record]) -> Iterator[Sign]:
        records = [record for file in own for record in file.records if record.kind != "header"]
        if M.NO_DATA_NEVER in self.wrong:
            return
        if M.NO_DATA_WITHOUT_FILE in self.wrong:
            nothing = not own
        elif M.NO_DATA_WITHOUT_RECORD in self.wrong:
            nothing = not records
        elif M.NO_DATA_OF_A_FILE in self.wrong:
            nothing = not points or any(not file.points for file in own)
        else:
            nothing = not points
        if nothing:
            yield Sign("no_data")

    def _stops(self, files: Sequence[EvidenceFile]) -> Iterator[Sign]:
        """A curve that ends before another."""
        steps: dict[str, list[int]] = {}
        for file in files:
            count = Counter(point.tag for point in file.points)
            for point in file.points:
                alone = count[point.tag] == 1 and M.STOPS_WITHOUT_SINGLE_POINTS_OF_A_FILE in self.wrong
                steps.setdefault(point.tag, []).extend([] if alone else [point.step])
        fewest = (
            1
            if {M.STOPS_WITH_SINGLE_POINTS, M.STOPS_WITHOUT_SINGLE_POINTS_OF_A_FILE} & {*self.wrong}
            else 2
        )
        by_steps = M.STOPS_BY_COUNT_OF_STEPS in self.wrong
        by_count = by_steps or M.STOPS_BY_COUNT in self.wrong
        reached = (lambda those: those[-1]) if M.STOPS_BY_LAST_LOGGED in self.wrong else max
        last = {
            tag: len(set(those) if by_steps else those) if by_count else reached(those)
            for tag, those in steps.items()
            if (tag != "Loss/Batch" or M.STOPS_WITH_BATCHES in self.wrong)
            and len(those) >= fewest
            and self._asked(M.STOPS_IN_LOSSES, tag)
        }
        gap = 0 if M.STOPS_BY_ONE in self.wrong else 2 if M.STOPS_BY_MORE_THAN_TWO in self.wrong else 1
        first = min(last, key=lambda tag: last[tag], default="")
        if last and max(last.values()) - last[first] > gap and M.STOPS_NEVER not in self.wrong:
            yield Sign("stops_early", tag=first, step=max(steps[first]))

    def _points(self, files: Sequence[EvidenceFile]) -> Iterator[Sign]:
        """NaN, and a step that stands there twice."""
        known: dict[str, list[Record]] = {}
        for file in files:
            yield from self._no_points(file)
            for point in file.points:
                bad = math.isnan(point.value) or (
                    M.NAN_OR_INFINITE in self.wrong and math.isinf(point.value)
                )
                if bad and M.NAN_NEVER not in self.wrong and self._asked(M.NAN_IN_LOSSES, point.tag):
                    yield Sign("nan", file.name, point.tag, point.step)
                before = known.setdefault("" if M.DUPLICATES_OVER_TAGS in self.wrong else point.tag, [])
                asked = self._asked(M.DUPLICATES_IN_LOSSES, point.tag)
                if asked and any(self._same(point, one) for one in before):
                    yield Sign("duplicate_steps", file.name, point.tag, point.step)
                if M.DUPLICATES_AMONG_NEIGHBOURS in self.wrong:
                    before.clear()
                before.append(point)

    def _asked(self, losses_alone: Misreading, tag: str) -> bool:
        """Whether something is asked of a tag: it is, but where it is asked of the losses alone."""
        return "Loss" in tag or losses_alone not in self.wrong

    def _no_points(self, file: EvidenceFile) -> Iterator[Sign]:
        """NaN where no point is."""
        others = {
            M.NAN_OF_ALL_RECORDS: ("header", "restart", "other"),
            M.NAN_OF_ALL_BUT_HEADERS: ("restart", "other"),
            M.NAN_OF_OTHER_RECORDS: ("other",),
        }
        kinds = {kind for misread, kinds in others.items() if misread in self.wrong for kind in kinds}
        if any(record.kind in kinds for record in file.records):
            yield Sign("nan", file.name)

    def _same(self, point: Record, other: Record) -> bool:
        """Whether two points of one tag count as one step twice."""
        alike = point.value == other.value or M.DUPLICATES_OF_ONE_VALUE not in self.wrong
        return point.step == other.step and alike and M.DUPLICATES_NEVER not in self.wrong

    def _order(self, files: Iterable[EvidenceFile]) -> Iterator[Sign]:
        """A step that is smaller than one before it; in sorted files none is, but where they are one."""
        largest: dict[str, int] = {}
        for file in files:
            sorted_away = M.ORDER_NEVER in self.wrong
            for point in sorted(file.points, key=lambda one: one.step) if sorted_away else file.points:
                tag = "" if M.ORDER_OVER_TAGS in self.wrong else point.tag
                before = largest.get(tag)
                equal = M.ORDER_WITH_DUPLICATES in self.wrong
                back = before is not None and (point.step < before or (equal and point.step == before))
                if back and self._asked(M.ORDER_IN_LOSSES, point.tag):
                    yield Sign("out_of_order", file.name, point.tag, point.step)
                largest[tag] = point.step if before is None else max(before, point.step)

    def _later(self, files: Sequence[EvidenceFile]) -> Iterator[Sign]:
        """What a later file is to those before it."""
        reached: dict[str, int] = {}
        written, excused = 0.0, False
        for number, file in enumerate(files if M.LATER_FILES_NEVER not in self.wrong else ()):
            restarts, unpurged = self._restarts(file), reached
            for step in restarts if M.PURGE_IGNORED not in self.wrong else ():
                largest = step - (M.PURGE_FROM_THE_NEXT_STEP not in self.wrong)
                reached = {tag: min(last, largest) for tag, last in reached.items()}
            excused |= bool(restarts) and M.RESTART_EXCUSES_LATER in self.wrong
            asked = number == 1 or (number and M.LATER_THE_SECOND_ONLY not in self.wrong)
            if asked and (file.points or M.LATER_WITHOUT_POINTS in self.wrong):
                reasons = list(self._reasons(file, reached, written, excused or bool(restarts)))
                if M.EVERY_REASON_BUT_THE_LAST in self.wrong:
                    reasons = [one for one in reasons if one.name != "second_file"] or reasons
                elif M.EVERY_REASON not in self.wrong:
                    reasons = reasons[:1]
                yield from reasons
                if M.SECOND_FOR_EVERY_LATER in self.wrong:
                    yield Sign("second_file", file.name)
            if M.PURGE_FOR_ITS_FILE_ONLY in self.wrong:
                reached = dict(unpurged)
            if M.STEPS_OF_PREVIOUS_FILE_ONLY in self.wrong:
                reached = {}
            if M.TIME_OF_PREVIOUS_FILE_ONLY in self.wrong:
                written = 0.0
            for point in file.points:
                reached[point.tag] = max(point.step, reached.get(point.tag, point.step))
            written = max([written, *(record.wall_time for record in file.records)])

    def _restarts(self, file: EvidenceFile) -> list[int]:
        if M.FIRST_RESTART_ONLY in self.wrong:
            return file.restarts[:1]
        return file.restarts[-1:] if M.LAST_RESTART_ONLY in self.wrong else file.restarts

    def _reasons(
        self, file: EvidenceFile, reached: dict[str, int], written: float, restart: bool
    ) -> Iterator[Sign]:
        """All that a later file may be, in the order in which it is asked."""
        if file.records[0].wall_time < written and M.MIXED_NEVER not in self.wrong:
            yield Sign("mixed_runs", file.name)
        over = max(reached.values(), default=-1) if M.UNPURGED_OVER_TAGS in self.wrong else None
        if M.RESTART_EXCUSES_LATER in self.wrong and restart:
            return
        again = M.UNPURGED_FROM_EQUAL_ON_NOT not in self.wrong
        for point in file.points:
            last = over if over is not None else reached.get(point.tag, point.step - 1)
            excused = M.UNPURGED_NEVER in self.wrong or (restart and M.ANY_RESTART_EXCUSES in self.wrong)
            if point.step < last + again and not excused:
                yield Sign("unpurged_restart", file.name, point.tag, point.step)
                break
        if (not restart or M.SECOND_IN_SPITE_OF_RESTART in self.wrong) and M.SECOND_NEVER not in self.wrong:
            yield Sign("second_file", file.name)
