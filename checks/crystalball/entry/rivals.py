"""Proves on predictions that the mistakes of an exercise can be told from the truth and from each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from msgspec import structs

from crystalball.cases.inside.case import Case
from crystalball.cases.inside.training import Training
from crystalball.curriculum.manifest import Exercise, curriculum
from crystalball.judging.case_result import Comparison
from crystalball.judging.explain import Explainer
from crystalball.judging.session import JudgingSession
from crystalball.mistakes.catalogue import Mistake
from crystalball.outcomes.difference import differences
from crystalball.outcomes.expect import Spec

MARGIN = 10
"""Tolerances by which rivals must differ."""

TRIED = 20
"""Seeds that are tried, to say what the gate would let pass."""


def rival_problems(
    judging_session: JudgingSession, exercise: Exercise, seeds: Sequence[int]
) -> Iterator[str | None]:
    """Looks for mistakes that predict the truth, or what another one predicts, in every case of a seed.

    Args:
        judging_session: draws the cases, and has the oracle.
        exercise: whose mistakes.
        seeds: each chooses cases.

    Yields:
        What is wrong, and `None` for each pair that is told apart.
    """
    spec = judging_session.spec(exercise)
    explainer = Explainer(exercise, spec, judging_session.oracle.trace, MARGIN)
    yield from pinned_problems(judging_session, spec)
    for seed in seeds:
        truths = [_truth(judging_session, spec, case) for case in judging_session.cases(spec, seed)]
        for mistake in explainer.rivals:
            for problem in _told_apart(explainer, mistake, truths):
                yield problem and f"{mistake.id}, in every case of seed {seed}, {problem}"


def pinned_problems(judging_session: JudgingSession, spec: Spec) -> Iterator[str]:
    """What is wrong with the cases that are pinned, and what would pass.

    Args:
        judging_session: has the oracle.
        spec: with the cases.
    """
    most = curriculum().max_steps
    for number, case in enumerate(spec.cases.pinned):
        if not isinstance(case, Training):
            continue
        if case.steps > most:
            yield (
                f"pinned case {number} ({case}) takes {case.steps} optimizer steps; {most} are the most: "
                "take fewer epochs or samples, or a larger batch_size"
            )
        if not judging_session.oracle.trace(case).steady:
            why = _what_would_pass(judging_session, case)
            yield f"pinned case {number} ({case}) is refused by the gate: {why}"


def _what_would_pass(judging_session: JudgingSession, case: Training) -> str:
    """Why the gate refuses a case, and the nearest case that it lets pass."""
    why = (
        "an honest program may differ in it by rounding alone (a prediction or a choice is nearly a tie, "
        "or float32 and float64 differ by more than 1e-5)"
    )
    others = [{"seed": seed} for seed in range(TRIED)] + [{"lr": case.lr / over} for over in (2, 5, 10, 50)]
    for other in others:
        if judging_session.oracle.trace(structs.replace(case, **other)).steady:
            ((name, value),) = other.items()
            return f"{why}. With {name}={value:g} it would pass"
    return f"{why}. No other seed up to {TRIED} passes: take a smaller lr, or fewer epochs"


def _told_apart(
    explainer: Explainer, mistake: Mistake, truths: Sequence[Comparison]
) -> Iterator[str | None]:
    """What is wrong with a mistake in some cases, and `None` for each rival that it is told from."""
    examples = [list(explainer.predict(mistake, one, example=True)) for one in truths]
    if len(set(map(len, examples))) > 1:
        yield "is not made in the same ways: a mistake yields as many predictions of one case as of another"
        return
    ways = [
        [replace(one, seen=outcome) for one, outcome in zip(truths, way, strict=True)]
        for way in zip(*examples, strict=True)
    ]
    wrong = [way for way in ways if any(_differs(one) for one in way)]
    if not wrong:
        yield "leaves what is right: pin a case in which it shows, or take it out of the manifest"
    for rival in explainer.rivals:
        if rival is not mistake and not rival.last_resort:
            alike = any(explainer.fits(rival, way) for way in wrong)
            yield (
                f"looks like {rival.id}: pin a case that tells them apart, or declare them the `same`"
                if alike
                else None
            )


def _truth(judging_session: JudgingSession, spec: Spec, case: Case) -> Comparison:
    trace = judging_session.oracle.trace(case)
    statement = spec.apply(case, trace)
    return Comparison(case, trace, statement, statement.outcome)


def _differs(one: Comparison) -> bool:
    return any(True for _ in differences(one.expected, one.seen, one.expected.tags, MARGIN))
