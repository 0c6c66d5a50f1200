"""What lies elsewhere than under its tag in its run, put back there: what else is wrong with it shows then.

It lies in folders below the run, or it is a picture in pieces, each under a tag of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from crystalball.mistakes.drawn_epochs import SPRITES
from crystalball.outcomes.end import End, OtherPath, Paths, Returned, RunPath
from crystalball.outcomes.outcome import Curve, Outcome, Run
from crystalball.reading.pictures import Picture, Sprites
from crystalball.reading.values import HPARAMS

SCALARS, WRITERS, TAG = "add_scalars_used", "curves_below_the_run", "wrong_tag"
NESTED, UNASKED = "nested_run", "run_of_hparams"
"""The mistakes by which curves come to lie below a run, that of a tag that is not the contract's, and those
of hyperparameters in a run of their own, which were asked for or not."""

PIECES, EPOCHS = "sprites_batched_as_runs", "tag_for_each_epoch"
"""The mistakes by which pictures stand under several tags: those of one epoch, or one of each epoch."""


@dataclass(frozen=True)
class PutBack:
    """An observation in which the curves lie in their runs.

    Attributes:
        outcome: the observation, so changed.
        mistakes: the ids of those that had put them elsewhere; none where a whole run may lie elsewhere.
    """

    outcome: Outcome
    mistakes: frozenset[str]


@dataclass
class _Merged:
    """A run with what lay below it."""

    run: Run
    tags: Collection[str]
    mistakes: set[str] = field(default_factory=set)
    places: int = 0

    def __post_init__(self) -> None:
        self.places = int(any(curve.points for curve in self.run.curves.values()))

    @property
    def is_scattered(self) -> bool:
        """Whether its curves lay in several places, or where writers put them by themselves."""
        return self.places > 1 or bool(self.mistakes & {SCALARS, NESTED, UNASKED, PIECES, EPOCHS})

    def add(self, below: Run) -> bool:
        """Takes the curves of a folder in; `False` where it is not beyond doubt which these are."""
        if HPARAMS in below.curves:
            return self._add_hparams(below)
        folder = below.path.removeprefix(f"{self.run.path}/")
        for name, curve in below.curves.items():
            key = _key_of_add_scalars(folder, name)
            tag = self._tag(name, folder if key is None else key)
            if tag is None or self.run.curves.get(tag, Curve(())).points:
                return False
            self.mistakes |= {WRITERS if key is None else SCALARS}
            self.mistakes |= {TAG} if key is None and tag != name else set()
            self.run = self.run.with_curve(tag, curve)
        self.run = replace(self.run, files=max(self.run.files, below.files))
        self.places += 1
        return True

    def _add_hparams(self, below: Run) -> bool:
        """Takes hyperparameters in, and what lies beside them; nothing where nobody asked for them."""
        asked = HPARAMS in self.tags
        self.mistakes |= {NESTED if asked else UNASKED}
        curves = below.curves if asked else {}
        taken = any(curve.points for tag, curve in self.run.curves.items() if tag in curves)
        self.run = replace(self.run, curves={**self.run.curves, **curves})
        return not taken

    def join_pictures(self, drawn: int) -> None:
        """Makes one picture of those that stand under several tags at a step, where so many should be."""
        strange = {tag: curve for tag, curve in self.run.curves.items() if tag not in self.tags}
        pieces: dict[int, list[Picture]] = {}
        for step, value in (point for curve in strange.values() for point in curve.points):
            pieces.setdefault(step, []).extend([value] if isinstance(value, Picture) else [])
        there = self.run.curves.get(SPRITES, Curve(())).points or SPRITES not in self.tags
        flat = all(len({one.height for one in some}) == 1 for some in pieces.values())
        at_no_step = len(pieces) == 1 and len(strange) == drawn
        if there or len(strange) < 2 or not flat or at_no_step:
            return
        self.mistakes |= {PIECES if any(len(some) > 1 for some in pieces.values()) else EPOCHS}
        joined = [(step, Sprites(tuple(some)).grid()) for step, some in pieces.items()]
        self.run = self.run.with_curve(SPRITES, Curve.of(joined))

    def _tag(self, name: str, place: str) -> str | None:
        """The tag of the contract for which one in a folder stands: it, or the one of all its words."""
        if name in self.tags:
            return name
        words = _words(f"{name} {place}")
        told = [tag for tag in self.tags if all(map(words.__contains__, _words(tag)))]
        return told[0] if len(told) == 1 else None


def put_back(seen: Outcome, expected: Outcome) -> PutBack | None:
    """What was seen with the curves where they should be; `None` where it is in doubt where that is.

    Args:
        seen: the observation.
        expected: the truth.
    """
    places = {run.name for run in expected.runs}
    below = [run for run in (*seen.runs, *seen.below) if run.name not in places and _lies_below(run)]
    paths = {run.path for run in below}
    merged = {run.path: _Merged(run, expected.tags) for run in seen.runs if run.path not in paths}
    for run in below:
        name, path = run.above or (run.name, run.path)
        merged.setdefault(path, _Merged(Run(name, files=0, path=path), expected.tags))
        if not merged[path].add(run):
            return None
    drawn = sum(len(run.curves.get(SPRITES, Curve(())).points) for run in expected.runs)
    for one in merged.values():
        one.join_pictures(drawn)
    mistakes = frozenset[str]().union(*(one.mistakes for one in merged.values() if one.is_scattered))
    runs = tuple(one.run for one in merged.values())
    writers = min(seen.open_writers, len(merged)) if WRITERS in mistakes else seen.open_writers
    ends = tuple(_end(end, seen.runs, runs) for end in seen.ends)
    seen = replace(seen, runs=runs, ends=ends, open_writers=writers, below=(), views=expected.views)
    return PutBack(seen, mistakes)


def _lies_below(run: Run) -> bool:
    """Whether it may be a part of a run above it."""
    return run.above is not None and any(curve.points for curve in run.curves.values())


def _key_of_add_scalars(folder: str, tag: str) -> str | None:
    """The key of `add_scalars(tag, {key: value})`, where that makes such a folder."""
    start = f"{tag.replace('/', '_')}_"
    return folder.removeprefix(start) if folder.startswith(start) else None


def _words(text: str) -> set[str]:
    """The words of a tag or a folder, of which some are short for others."""
    return {_SHORT.get(word, word) for word in re.findall(r"[a-z]+", text.casefold())}


_SHORT: Mapping[str, str] = {
    **dict.fromkeys(("val", "valid", "eval"), "validation"),
    **dict.fromkeys(("training",), "train"),
    **dict.fromkeys(("acc",), "accuracy"),
    **dict.fromkeys(("lr",), "learningrate"),
    **dict.fromkeys(("losses",), "loss"),
}


def _end(end: End, before: Sequence[Run], runs: Sequence[Run]) -> End:
    """How a call ended, whose path is that of a run as it is put back."""
    indices = {run.path: index for index, run in reversed([*enumerate(runs)])}
    match end:
        case Returned(RunPath(index)) if index < len(before):
            path = before[index].path
            return Returned(RunPath(indices[path]) if path in indices else OtherPath("Path", path))
        case Returned(OtherPath(_, path)) if path in indices:
            return Returned(RunPath(indices[path]))
        case Returned(Paths(items)):
            names = {run.path: run.name for run in runs}
            paths = {key: names.get(v.path, v) if isinstance(v, OtherPath) else v for key, v in items}
            return Returned(Paths.of(paths))
    return end
