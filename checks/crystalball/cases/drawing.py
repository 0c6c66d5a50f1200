"""Where cases come from: a few chosen by hand to tell mistakes apart, then some drawn.

hypothesis draws and shrinks; it is imported when that is asked for, since the import takes longer
than many a check.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crystalball.cases.inside.case import Case, Losses, NewRuns
from crystalball.cases.inside.training import Training

if TYPE_CHECKING:
    from hypothesis import Phase, settings
    from hypothesis.strategies import SearchStrategy

RATES = (0.1, 0.05, 0.02, 0.01, 0.003, 0.0005, 1e-05)
"""Learning rates that every usual format of a float prints in full; higher ones are unsteady."""

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
        """Draws up to `count` different cases.

        They are the same for a seed, a hypothesis version, and the modules of the kit that are loaded:
        hypothesis tries constants now and then that it finds in those.

        hypothesis begins with the simplest one, whatever the seed, and ends with some that are much
        alike: the simplest comes first here too, as it is worth a look, and the others are shuffled.

        Args:
            seed: chooses them.
            count: how many, at most.
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

    def read(self, text: str) -> Case:
        """The case that somebody wrote for this exercise, as a failure prints it.

        Args:
            text: one line of JSON.

        Raises:
            ValueError: there is no such case, or it lacks what the exercise is about; says so in one line.
        """
        case = type(self.pinned[0]).from_json(text)
        if isinstance(case, Training):
            others = [one for one in (*self.pinned, *self.drawn(0, 12)) if isinstance(one, Training)]
            always = [part for part in others[0].parts if all(one.find(type(part)) for one in others)]
            if missing := [part for part in always if case.find(type(part)) is None]:
                names = " and ".join(str(part.__struct_config__.tag) for part in missing)
                raise ValueError(f"a case of this exercise needs {names} too")
        return case

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
