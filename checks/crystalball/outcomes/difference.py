"""Where an observation differs from what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import msgspec

from crystalball.cases.inside.case import RUNS_DIR
from crystalball.outcomes.end import NO_CALL, End
from crystalball.outcomes.facet import CurveFacet, Facet, Trait
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.outcomes.run_name import ConventionalName, RunName

Side = Curve | End | int | tuple[RunName, ...] | tuple[int, ...]
"""One side of a difference: a curve; how a call ended; a number of files, folders or writers; names of
directories; or how many epochs could be seen at each look."""


@dataclass(frozen=True)
class Difference:
    """One thing in which an observation is not what was expected.

    Attributes:
        facet: what differs.
        expected: the curve, the end, the numbers or the names.
        seen: likewise.
        run: the name of the run that it is about, as it was seen, where there should be several.
        call: the index of the call that it is about, where there are several.
        instead: of a curve without points, the tags in that run that nobody asked for.
    """

    facet: Facet
    expected: Side
    seen: Side
    run: RunName = ""
    call: int | None = None
    instead: tuple[str, ...] = ()


def differences(
    expected: Outcome,
    seen: Outcome,
    contract: Iterable[str] = (),
    factor: float = 1,
    about: Facet | None = None,
) -> Iterator[Difference]:
    """Where an observation differs from what is expected, most telling first.

    Args:
        expected: the truth, or what a mistake predicts.
        seen: the observation.
        contract: the tags of the contract; `expected` may have more.
        factor: by which the tolerances are multiplied.
        about: curves are compared only where this is one, and it alone; all are without it.
    """
    if expected.ends:
        yield from _end_differences(expected.ends, seen.ends)
    if not expected.only_end:
        yield from _all_run_differences(expected, seen, contract, factor, about)
    if expected.directories and expected.directories != seen.directories:
        yield Difference(Trait.DIRECTORIES, expected.directories, seen.directories)
    if expected.views != seen.views:
        yield Difference(Trait.LIVE, expected.views, seen.views)
    if expected.open_writers != seen.open_writers:
        yield Difference(Trait.CLOSED, expected.open_writers, seen.open_writers)


def _end_differences(expected: Sequence[End], seen: Sequence[End]) -> Iterator[Difference]:
    pairs = list(zip_longest(expected, seen, fillvalue=NO_CALL))
    for call, (want, got) in enumerate(pairs):
        if want != got:
            yield Difference(Trait.END, want, got, call=call if len(pairs) > 1 else None)


def _all_run_differences(
    expected: Outcome, seen: Outcome, contract: Iterable[str], factor: float, about: Facet | None
) -> Iterator[Difference]:
    want_runs, got_runs = compared_runs(expected, seen, contract)
    if len(want_runs) != len(got_runs):
        places = _places(got_runs) if got_runs else _below_runs_dir(run.path for run in seen.below)
        yield Difference(Trait.RUNS, _places(want_runs), places)
        # Those of the same name can still be compared.
        named = {run.name: run for run in got_runs}
        pairs = [(run, named[run.name]) for run in want_runs if run.name in named]
    else:
        beside: Sequence[Run] = got_runs
        if [run.name for run in want_runs] != [run.name for run in got_runs]:
            beside = _beside(_as_begun(want_runs, expected), _as_begun(got_runs, seen), want_runs, factor)
        pairs = list(zip(_told_apart(want_runs), beside, strict=True))
    for want_run, got_run in pairs:
        run = (got_run.name or want_run.name) if len(want_runs) > 1 else ""
        compared: Iterable[str] = dict.fromkeys([*want_run.curves, *contract])
        if about is not None:
            compared = [tag for tag in compared if isinstance(about, CurveFacet) and tag == about.tag]
        yield from _run_differences(
            run, want_run, got_run, compared, factor, alone=bool(expected.directories)
        )


def compared_runs(
    expected: Outcome, seen: Outcome, contract: Iterable[str]
) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """The runs that are expected, and those that were seen, as far as they count.

    Args:
        expected: the truth, or what a mistake predicts.
        seen: the observation.
        contract: the tags of the contract.
    """
    want, got = expected.runs_with_points, seen.runs_with_points
    if not expected.runs or want:
        return want, got
    # Where nothing is asked for, what else was logged hurts nobody.
    curves = {tag: curve for run in expected.runs for tag, curve in run.curves.items()}
    asked = dict.fromkeys(contract, Curve(())) | curves

    def counts(run: Run) -> bool:
        return any(curve.spoken_of(run.curves.get(tag, curve)).points for tag, curve in asked.items())

    return want, tuple(filter(counts, got))


def _as_begun(runs: Sequence[Run], outcome: Outcome) -> list[Run]:
    """Some runs of an outcome, in the order in which they were begun."""
    return [run for run in outcome.runs if any(run is one for one in runs)]


def _beside(
    want_runs: Sequence[Run], got_runs: Sequence[Run], order: Sequence[Run], factor: float
) -> list[Run]:
    """The runs that were seen, each beside the one that it is: by its name, or else by its points.

    Args:
        want_runs: those that are expected, as they are begun; and those that were seen, likewise.
        got_runs: see there.
        order: of the answer, that of the runs that are expected.
        factor: by which the tolerances are multiplied.
    """
    left, beside = list(got_runs), list[tuple[Run, Run]]()
    alike = [[run for run in got_runs if _have_same_points(want, run, factor)] for want in want_runs]
    # Those that are told by their points, or else by their names, choose before the others.
    for index in sorted(range(len(want_runs)), key=lambda one: not alike[one]):
        told = [run for run in left if any(run is one for one in alike[index])] or left
        named = [run for run in told if run.name == want_runs[index].name]
        beside.append((want_runs[index], (named or told)[0]))
        left = [run for run in left if run is not beside[-1][1]]  # others may be equal
    beside.sort(key=lambda pair: next(place for place, run in enumerate(order) if run is pair[0]))
    return [run for _, run in beside]


def _have_same_points(want: Run, got: Run, factor: float) -> bool:
    return all(curve.agrees(got.curves.get(tag, Curve(())), factor) for tag, curve in want.curves.items())


def _told_apart(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs, of which one whose name is taken by another before it is said to have a suffix."""
    taken: list[RunName] = []
    for run in runs:
        name = run.name
        if isinstance(name, ConventionalName) and name in taken:
            name = msgspec.structs.replace(name, suffixed=True)
        taken.append(name)
        yield replace(run, name=name)


def _run_differences(
    run: RunName, want: Run, got: Run, tags: Iterable[str], factor: float, alone: bool
) -> Iterator[Difference]:
    """Differences of one run; `alone` when files that hold nothing of the contract count too."""
    if want.name and got.name and want.name != got.name:
        yield Difference(Trait.NAME, (want.name,), (got.name,), run)
    for tag in tags:
        curve, seen = want.curves.get(tag, Curve(())), got.curves.get(tag, Curve(()))
        if not curve.agrees(seen, factor):
            instead = () if seen.points else tuple(t for t in got.curves if t not in want.curves)
            yield Difference(CurveFacet(tag), curve, seen, run, instead=instead)
    counted = want.files and want.curves and got.curves
    files = max(got.files, got.all_files) if alone else got.files
    if counted and want.files != files:
        yield Difference(Trait.FILES, want.files, files, run)


def _places(runs: Sequence[Run]) -> tuple[RunName, ...]:
    """Where runs lie: by their paths, which tell suffixes, or by the names that are expected."""
    return _below_runs_dir(run.path or run.name for run in runs)


def _below_runs_dir(places: Iterable[RunName]) -> tuple[RunName, ...]:
    inside = (one.removeprefix(f"{RUNS_DIR}/") if isinstance(one, str) else one for one in places)
    return tuple(sorted(inside, key=str))
