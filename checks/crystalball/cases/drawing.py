"""Where cases come from: a few chosen by hand to tell mistakes apart, then some drawn.

A case is drawn by a function of a `Draw`, which is asked for whole numbers and nothing else. Under a seed
it answers as `random.Random` does, the same in every process and on every version; where a smaller case is
looked for, hypothesis answers. That is imported when it is asked for, since the import takes longer than
many a check.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from crystalball.cases.inside.case import Case, Losses, NewRuns
from crystalball.cases.inside.training import Training

if TYPE_CHECKING:
    from hypothesis import Phase, settings

T = TypeVar("T")

RATES = (0.1, 0.05, 0.02, 0.01, 0.003, 0.0005, 1e-05)
"""Learning rates that every usual format of a float prints in full; higher ones are unsteady."""

_ONE_AT_A_TIME = threading.Lock()
"""hypothesis does not promise that two threads may draw at once."""


class Draw:
    """The source of a drawn case: all that is drawn is drawn as a whole number.

    Args:
        number: gives a number from the first to the second; one nearer to 0 is simpler.
    """

    def __init__(self, number: Callable[[int, int], int]) -> None:
        self.number = number

    def perhaps(self) -> bool:
        """Yes or no."""
        return self.number(0, 1) == 1

    def one_of(self, choices: Sequence[T]) -> T:
        """One of some choices, of which the first is the simplest."""
        return choices[self.number(0, len(choices) - 1)]

    def some_of(self, choices: Sequence[T], least: int, most: int) -> tuple[T, ...]:
        """At least `least` and at most `most` different ones of some choices."""
        left = list(choices)
        return tuple(left.pop(self.number(0, len(left) - 1)) for _ in range(self.number(least, most)))


def _simplest(least: int, most: int) -> int:
    return max(least, min(0, most))


def _under_seed(seed: int) -> Callable[[int, int], int]:
    """Numbers of `random()`: that alone is promised to stay the same."""
    rng = random.Random(seed)
    return lambda least, most: least + int(rng.random() * (most - least + 1))


@dataclass(frozen=True)
class Cases:
    """The cases of an exercise.

    Attributes:
        pinned: chosen by hand; always run, and first.
        draw: draws one of the others.
    """

    pinned: tuple[Case, ...]
    draw: Callable[[Draw], Case]

    def sealed(self, secret: int) -> Cases:
        """The same cases, each with a secret where its kind keeps one.

        Args:
            secret: see `Case.sealed`.
        """
        pinned = tuple(case.sealed(secret) for case in self.pinned)
        return Cases(pinned, lambda draw: self.draw(draw).sealed(secret))

    def drawn(self, seed: int, count: int) -> list[Case]:
        """Draws different cases: the simplest first, whatever the seed, as it is worth a look.

        Args:
            seed: chooses the others.
            count: how many; fewer where there are not so many.
        """
        found = dict.fromkeys(islice(self._under_seed(seed), 20 * count))
        return [case for case in found if case not in self.pinned][:count]

    def _under_seed(self, seed: int) -> Iterator[Case]:
        yield self.draw(Draw(_simplest))
        draw = Draw(_under_seed(seed))
        while True:
            yield self.draw(draw)

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
        from hypothesis import strategies

        @strategies.composite
        def drawn(draw: Any) -> Case:
            return self.draw(Draw(lambda least, most: draw(strategies.integers(least, most))))

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
                drawn(),
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
        suppress_health_check=list(hypothesis.HealthCheck),  # cases are chosen, not tried: slow is fine
    )


def losses(pinned: Sequence[Losses]) -> Cases:
    """Cases of exercise 1: losses with all the digits of a float32, in folders that may not exist."""

    def draw_loss(draw: Draw) -> float:
        return float(2 ** draw.number(-10, 6)) * (1 + draw.number(0, 2**23 - 1) / 2**23)

    def draw_losses(draw: Draw) -> Losses:
        values = tuple(draw_loss(draw) for _ in range(draw.number(1, 20)))
        return Losses(values, draw.one_of(("run", "new/run")), draw.perhaps())

    return Cases(tuple(pinned), draw_losses)


def new_runs(pinned: Sequence[NewRuns]) -> Cases:
    """Cases of exercise 2: a few calls, each with its own rate and moment or with one again."""

    def draw_call(draw: Draw) -> tuple[float, str]:
        moment = datetime(2000, 1, 1) + timedelta(seconds=draw.number(0, 3_155_000_000))
        moment += timedelta(microseconds=draw.number(0, 999_999) * draw.perhaps())
        return draw.one_of(RATES), moment.isoformat()

    def draw_calls(draw: Draw) -> NewRuns:
        calls = [draw_call(draw) for _ in range(draw.number(1, 3))]
        return NewRuns((*calls, *calls[-1:] * draw.perhaps()), there=draw.perhaps())

    return Cases(tuple(pinned), draw_calls)
