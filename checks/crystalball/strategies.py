"""Where cases come from: a few chosen by hand to tell mistakes apart, then some drawn.

hypothesis draws and shrinks; it is imported when that is asked for, since the import takes longer
than many a check.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crystalball.cases import BrokenRun, Case, Losses, NewRuns, Training
from crystalball.curriculum import curriculum

if TYPE_CHECKING:
    from hypothesis import Phase, settings
    from hypothesis.strategies import SearchStrategy

RATES = (0.1, 0.05, 0.02, 0.01, 0.003, 0.0005, 1e-05)
"""Learning rates that every usual format of a float prints in full; higher ones are unsteady."""

SCHEDULES = ("step", "cosine", "exponential", "onecycle")
"""The schedules of `pixels.SCHEDULES`, which this side cannot import without torch."""


SWEPT = (*RATES[:4], 0.0500001)
"""Learning rates of a sweep; two of them print alike with few digits."""


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
        """Draws up to `count` different cases, always the same for a seed and a hypothesis version."""
        import hypothesis

        found: dict[Case, None] = {}

        @hypothesis.seed(seed)
        @_settings(count, hypothesis.Phase.generate)
        @hypothesis.given(self.strategy())
        def draw(case: Case) -> None:
            found[case] = None

        draw()
        return [case for case in found if case not in self.pinned]

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
        until = time.monotonic() + seconds

        def within_budget(case: Case) -> bool:
            if case not in asked:
                spent = len(asked) >= calls or time.monotonic() > until
                asked[case] = not spent and shows(case)
            return asked[case]

        # Nothing was found, or the budget ended in the middle: `asked` knows.
        with contextlib.suppress(hypothesis.errors.HypothesisException):
            hypothesis.find(
                self.strategy(),
                within_budget,
                settings=_settings(10 * calls, hypothesis.Phase.generate, hypothesis.Phase.shrink),
                random=random.Random(0),
            )
        shown = [case for case, yes in asked.items() if yes]
        return min(shown, key=lambda case: case.size) if shown else None


def _settings(examples: int, *phases: Phase) -> settings:
    import hypothesis

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


def broken_runs(pinned: Sequence[BrokenRun]) -> Cases:
    """Cases of exercise 18: runs with some faults that go together, and healthy ones that look odd."""

    def strategy() -> SearchStrategy[BrokenRun]:
        import hypothesis.strategies as st

        from crystalball.broken_runs import DAMAGES, FILE_FAULTS, ODDITIES, POINT_FAULTS, SHORTEST

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
            least = SHORTEST if faults or one else 1
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
) -> Cases:
    """Cases of a training function: at most the manifest's `max_steps`, often with a smaller last batch.

    Args:
        pinned: the cases chosen by hand.
        failing: whether the loader may raise.
        validating: whether there is a validation set.
        live: whether somebody looks while it trains.
        cadenced: whether a point is asked for every so many batches.
        sweeping: whether there are several learning rates to be compared.
        scheduled: whether there is a learning-rate schedule, and sometimes a second rate.
    """

    def strategy() -> SearchStrategy[Training]:
        import hypothesis.strategies as st

        @st.composite
        def draw_training(draw: Any) -> Training:
            rates = st.lists(st.sampled_from(SWEPT), min_size=2, max_size=3, unique=True)
            lrs = tuple(draw(rates)) if sweeping else ()
            most = curriculum().max_steps // max(1, len(lrs))
            epochs = draw(st.integers(1, 2 if sweeping else 3))
            batches = draw(st.integers(1, most // epochs))
            size = draw(st.integers(1, 4))
            last = draw(st.integers(1, size))
            fails_at, error = None, Training.error
            if failing and draw(st.booleans()):
                fails_at = (draw(st.integers(0, epochs - 1)), draw(st.integers(0, batches - 1)))
                error = draw(st.sampled_from(["RuntimeError", "KeyboardInterrupt", "OSError"]))
            return Training(
                epochs,
                samples=(batches - 1) * size + last,
                batch_size=size,
                lr=draw(st.sampled_from(RATES[:3])),
                seed=draw(st.integers(0, 999)),
                fails_at=fails_at,
                error=error,
                val_samples=draw(st.integers(1, 9)) if validating else 0,
                schedule=draw(st.sampled_from(SCHEDULES)) if scheduled else "",
                head_lr=draw(st.sampled_from((0.0, 0.03))) if scheduled else 0.0,
                live=live,
                lrs=lrs,
                log_every=draw(st.integers(1, 7)) if cadenced else 0,
            )

        return draw_training()

    return Cases(tuple(pinned), strategy)
