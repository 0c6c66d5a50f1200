"""Proves on predictions that the mistakes of an exercise can be told from the truth and from each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

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
    yield from _pinned_problems(judging_session, spec)
    for seed in seeds:
        truths = [_truth(judging_session, spec, case) for case in judging_session.cases(spec, seed)]
        for mistake in explainer.rivals:
            for problem in _told_apart(explainer, mistake, truths):
                yield problem and f"{mistake.id} {problem} in every case of seed {seed}"


def _pinned_problems(judging_session: JudgingSession, spec: Spec) -> Iterator[str]:
    for case in spec.cases.pinned:
        if isinstance(case, Training) and case.steps > curriculum().max_steps:
            yield f"a pinned case takes more steps than max_steps: {case}"
        if not judging_session.oracle.trace(case).steady:
            yield f"a pinned case is refused by the gate: {case.to_json()}"


def _told_apart(
    explainer: Explainer, mistake: Mistake, truths: Sequence[Comparison]
) -> Iterator[str | None]:
    """What is wrong with a mistake in some cases, and `None` for each rival that it is told from."""
    examples = [list(explainer.predict([mistake], one, example=True)) for one in truths]
    if len(set(map(len, examples))) > 1:
        yield "is not made in the same ways"
        return
    ways = [
        [replace(one, seen=outcome) for one, outcome in zip(truths, way, strict=True)]
        for way in zip(*examples, strict=True)
    ]
    wrong = [way for way in ways if any(_differs(one) for one in way)]
    if not wrong:
        yield "predicts the truth"
    for rival in explainer.rivals:
        if rival is not mistake and not rival.last_resort:
            alike = any(explainer.fits([rival], way) for way in wrong)
            yield f"looks like {rival.id}" if alike else None


def _truth(judging_session: JudgingSession, spec: Spec, case: Case) -> Comparison:
    trace = judging_session.oracle.trace(case)
    statement = spec.apply(case, trace)
    return Comparison(case, trace, statement, statement.outcome)


def _differs(one: Comparison) -> bool:
    return any(True for _ in differences(one.expected, one.seen, one.expected.tags, MARGIN))
