"""Where cases come from: a few chosen by hand to tell mistakes apart, then some drawn.

hypothesis draws and shrinks; it is imported when that is asked for, since the import takes longer
than many a check.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crystalball.cases.inside.case import SCHEDULES, BrokenRun, Case, Losses, NewRuns, Training
from crystalball.curriculum.manifest import curriculum

if TYPE_CHECKING:
    from hypothesis import Phase, settings
    from hypothesis.strategies import SearchStrategy

RATES = (0.1, 0.05, 0.02, 0.01, 0.003, 0.0005, 1e-05)
"""Learning rates that every usual format of a float prints in full; higher ones are unsteady."""

STOPPING = (0.5, 2.0, 4.0)
"""Learning rates at which a generator's validation loss rises now and then, but stays steady."""

SWEPT = (*RATES[:4], 0.0500001)
"""Learning rates of a sweep; two of them print alike with few digits."""


_ONE_AT_A_TIME = threading.Lock()
"""hypothesis does not promise that two threads may draw at once."""


@dataclass(frozen=True)
class Cases:
    """The cases of an exercise.

    Attributes:
        pinned: chosen by hand; always run, and first.
        strategy: makes the hypothesis strategy that the others are drawn from.
    """

    pinned: tuple[Case, ...]
    strategy: Callable[[], SearchStrategy[Any]]

    def drawn(self, seed: int, count: int) -> list[Case]:
        """Draws up to `count` different cases, always the same for a seed and a hypothesis version.

        hypothesis begins with the simplest one, whatever the seed, and ends with some that are much
        alike: the simplest comes first here too, as it is worth a look, and the others are shuffled.
        """
        import hypothesis

        found: dict[Case, None] = {}

        @hypothesis.seed(seed)
        @_settings(count, hypothesis.Phase.generate)
        @hypothesis.given(self.strategy())
        def draw(case: Case) -> None:
            found[case] = None

        with _ONE_AT_A_TIME:
            draw()
        simplest, *others = found
        random.Random(seed).shuffle(others)
        return [case for case in (simplest, *others) if case not in self.pinned]

    def missing_in(self, case: Case) -> list[str]:
        """Fields that are empty in a case of the same kind, and in none of ours.

        What the exercise is about, such as a schedule; what may be left out is so in the simplest case.
        """
        ours = [*self.pinned, *self.drawn(0, 12)]
        empty = [field.name for field in fields(case) if not getattr(case, field.name)]
        return [name for name in empty if all(getattr(one, name) for one in ours)]

    def smallest(self, shows: Callable[[Case], bool], seconds: float, calls: int) -> Case | None:
        """Looks for the smallest case that shows something.

        Args:
            shows: whether a case does.
            seconds: the budget; when it is used up, `shows` is asked no more.
            calls: how many cases are tried, at most.

        Returns:
            The smallest case found; `None` when none was.
        """
        import hypothesis

        asked: dict[Case, bool] = {}
        until = 0.0

        def within_budget(case: Case) -> bool:
            if case not in asked:
                if len(asked) >= calls or time.monotonic() > until:
                    raise _Spent
                asked[case] = shows(case)
            return asked[case]

        # Nothing was found, or the budget ended in the middle: `asked` knows.
        with _ONE_AT_A_TIME, contextlib.suppress(hypothesis.errors.HypothesisException, _Spent):
            until = time.monotonic() + seconds
            hypothesis.find(
                self.strategy(),
                within_budget,
                settings=_settings(10 * calls, hypothesis.Phase.generate, hypothesis.Phase.shrink),
                random=random.Random(0),
            )
        shown = [case for case, yes in asked.items() if yes]
        return min(shown, key=lambda case: case.size) if shown else None


class _Spent(BaseException):
    """The budget is used up. No `Exception`: hypothesis would take it for a failure, and go on."""


def _settings(examples: int, *phases: Phase) -> settings:
    import hypothesis
    import numpy  # noqa: F401  # hypothesis looks into it while it draws; another thread may have imported half

    return hypothesis.settings(
        max_examples=examples,
        phases=phases,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


def losses(pinned: Sequence[Losses]) -> Cases:
    """Cases of exercise 1: finite losses with all their digits, in folders that may not exist."""

    def strategy() -> SearchStrategy[Losses]:
        import hypothesis.strategies as st

        values = st.floats(2**-10, 100, width=32)
        return st.builds(
            Losses,
            losses=st.lists(values, min_size=1, max_size=20).map(tuple),
            folder=st.sampled_from(["run", "new/run"]),
        )

    return Cases(tuple(pinned), strategy)


def new_runs(pinned: Sequence[NewRuns]) -> Cases:
    """Cases of exercise 2: a few calls, each with its own rate and moment or with one again."""

    def strategy() -> SearchStrategy[NewRuns]:
        import hypothesis.strategies as st

        moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))
        call = st.tuples(
            st.sampled_from(RATES), moments.map(lambda now: now.replace(microsecond=0).isoformat())
        )
        calls = st.lists(call, min_size=1, max_size=3)
        again = st.booleans()
        return st.builds(lambda c, a: NewRuns(tuple(c) + (c[-1],) * a), calls, again)

    return Cases(tuple(pinned), strategy)


CONFIGS: tuple[dict[str, Any], ...] = (
    {"lr": 0.05, "layers": [8, 16], "note": "baseline"},
    {"optimizer": {"name": "sgd", "nesterov": False}, "seed": None, "tags": []},
    {"name": 'the "first" run', "warm": True},
)
"""Configurations of exercise 14: nested, and with what JSON spells in another way than Python."""

HPARAMS: tuple[dict[str, Any], ...] = (
    {"lr": 0.05, "batch_size": 4, "optimizer": "sgd", "shuffle": False},
    {"lr": 0.01, "layers": ["conv", 16], "note": "with, a comma"},
    {"depth": 2, "augment": True, "name": "a"},
)
"""Hyperparameters of exercise 15: numbers, strings, booleans, and a list."""


def broken_runs(pinned: Sequence[BrokenRun]) -> Cases:
    """Cases of exercise 18: runs with some faults that go together, and healthy ones that look odd."""

    def strategy() -> SearchStrategy[BrokenRun]:
        import hypothesis.strategies as st

        from crystalball.cases.broken_runs import DAMAGES, FILE_FAULTS, ODDITIES, POINT_FAULTS, SHORTEST

        stray = st.sampled_from([(), ("stray_run",)])
        # So many that nobody finds the faults by making all runs and comparing bytes.
        seeds = st.integers(0, 2**53)

        @st.composite
        def draw_run(draw: Any) -> BrokenRun:
            one = draw(st.sampled_from([None, "no_data", *FILE_FAULTS, "resumed"]))
            if one == "no_data":
                return BrokenRun(draw(seeds), SHORTEST, (one, *draw(stray)))
            points = draw(st.lists(st.sampled_from(POINT_FAULTS), max_size=2, unique=True))
            faults = (*points, *draw(st.sampled_from([(), *((d,) for d in DAMAGES)])), *draw(stray))
            odd = [name for name in ODDITIES if name != "resumed" and draw(st.booleans())]
            if one == "resumed":
                odd.append(one)
            elif one:
                faults = (one, *faults)
            least = SHORTEST if faults or one else 2
            return BrokenRun(draw(seeds), draw(st.integers(least, 12)), faults, tuple(odd))

        return draw_run()

    return Cases(tuple(pinned), strategy)


def trainings(
    pinned: Sequence[Training],
    *,
    failing: bool = False,
    validating: bool = False,
    scheduled: bool = False,
    live: bool = False,
    cadenced: bool = False,
    sweeping: bool = False,
    clipping: bool = False,
    drawing: bool = False,
    configured: bool = False,
    tuned: bool = False,
    interrupted: bool = False,
    ranked: bool = False,
    stopping: bool = False,
) -> Cases:
    """Cases of a training function: at most the manifest's `max_steps`, often with a smaller last batch.

    Args:
        pinned: the cases chosen by hand.
        failing: whether the loader may raise.
        validating: whether there is a validation set.
        scheduled: whether there is a learning-rate schedule, and sometimes a second rate.
        live: whether somebody looks while it trains.
        cadenced: whether a point is asked for every so many batches.
        sweeping: whether there are several learning rates to be compared.
        clipping: whether gradients are clipped; sometimes the first layer is frozen.
        drawing: whether a generator is trained, which draws every so many epochs.
        configured: whether there is a `config`.
        tuned: whether there are `hparams`.
        interrupted: whether calls are interrupted and resumed, with momentum.
        ranked: whether there are two ranks.
        stopping: whether the training may end early, for want of progress or of a finite loss.
    """

    def strategy() -> SearchStrategy[Training]:
        import hypothesis.strategies as st

        @st.composite
        def draw_training(draw: Any) -> Training:
            def pick(wanted: bool, strategy: SearchStrategy[Any], otherwise: Any) -> Any:
                return draw(strategy) if wanted else otherwise

            rates = st.lists(st.sampled_from(SWEPT), min_size=2, max_size=3, unique=True)
            lrs = tuple(pick(sweeping, rates, ()))
            most = curriculum().max_steps // max(1, len(lrs))
            longest = 2 if sweeping else 6 if stopping else 4 if drawing else 3
            epochs = draw(st.integers(2 if interrupted else 1, longest))
            batches = draw(st.integers(1, most // epochs))
            size, last = draw(_sizes())
            fails_at, error = None, Training.error
            if failing and draw(st.booleans()):
                fails_at = (draw(st.integers(0, epochs - 1)), draw(st.integers(0, batches - 1)))
            if fails_at or interrupted:
                error = draw(st.sampled_from(["RuntimeError", "KeyboardInterrupt", "OSError"]))
            other_size, other_last = pick(ranked, _sizes(), (1, 1))
            ranks = (
                ((batches - 1) * size + last, size),
                ((batches - 1) * other_size + other_last, other_size),
            )
            return Training(
                epochs,
                samples=(batches - 1) * size + last,
                batch_size=size,
                lr=draw(st.sampled_from(STOPPING if stopping else RATES[:3])),
                seed=draw(st.integers(0, 999)),
                fails_at=fails_at,
                error=error,
                val_samples=pick(validating, st.integers(1, 9), 0),
                schedule=pick(scheduled, st.sampled_from(SCHEDULES[:3] if stopping else SCHEDULES), ""),
                head_lr=pick(
                    scheduled and not interrupted and not stopping, st.sampled_from((0.0, 0.03)), 0.0
                ),
                live=live,
                lrs=lrs,
                log_every=pick(cadenced, st.integers(1, 7), 0),
                momentum=0.5 if interrupted else 0.0,
                max_norm=pick(clipping, st.sampled_from((0.1, 0.5, 2.0, 100.0)), 0.0),
                frozen=pick(clipping and not stopping, st.booleans(), False),
                every=pick(drawing, st.integers(1, 5), 0),
                config=json.dumps(pick(configured, st.sampled_from(CONFIGS), None)) if configured else "",
                hparams=json.dumps(pick(tuned, st.sampled_from(HPARAMS), None)) if tuned else "",
                breaks=pick(interrupted, _breaks(epochs, batches), ()),
                ranks=ranks if ranked else (),
                patience=pick(stopping, st.integers(1, 3), 0),
                spoilt=pick(stopping, _spoilt(epochs, batches), None),
            )

        return draw_training()

    return Cases(tuple(pinned), strategy)


def _spoilt(epochs: int, batches: int) -> SearchStrategy[tuple[int, int] | None]:
    """Now and then a batch whose loss is not finite."""
    import hypothesis.strategies as st

    place = st.tuples(st.integers(0, epochs - 1), st.integers(0, batches - 1))
    return st.one_of(st.none(), st.none(), place)


def _sizes() -> SearchStrategy[tuple[int, int]]:
    """A batch size, and that of the last batch, which is not larger."""
    import hypothesis.strategies as st

    return st.integers(1, 4).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size)))


def _breaks(epochs: int, batches: int) -> SearchStrategy[tuple[tuple[int, int, str], ...]]:
    """One or two interruptions of a training, each inside an epoch or just after a checkpoint."""
    import hypothesis.strategies as st

    @st.composite
    def draw_breaks(draw: Any) -> tuple[tuple[int, int, str], ...]:
        breaks, left = [], epochs
        for _ in range(draw(st.integers(1, 2))):
            where = draw(st.sampled_from(["loader", "model", "save"]))
            if left - (where == "save") < 1:
                break
            epoch = draw(st.integers(0, left - 1 - (where == "save")))
            breaks.append((epoch, draw(st.integers(0, batches - 1)), where))
            left -= epoch + (where == "save")
        return tuple(breaks)

    return draw_breaks()
