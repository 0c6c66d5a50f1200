"""Similar answers: pairs that share more than what was given and what is usual. A signal, never a verdict.

Of each answer, what was given (stub and reference) and what is usual (fingerprints that many in the class
have) is taken away. Of what is left, the answer's *own*, a pair is told that shares most. A short exercise
leaves nobody much of their own: there, equal answers say nothing, and nothing is told.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from crystalball.reading.outside import Outside
from crystalball.reading.source_facts import SourceFacts

USUAL = 0.05
"""Share of the class that may have a fingerprint which is not usual; `FEW` students in any class."""

FEW = 3

LEAST_OWN = 15
"""Fingerprints that a pair must share, of those that are neither given nor usual."""

LEAST_SHARE = 0.5
"""Share of the own fingerprints of the one who has fewer."""

MOST_PAIRS = 30
"""Pairs of an exercise that are told."""


@dataclass(frozen=True)
class Pair:
    """Two answers to an exercise that share much.

    Attributes:
        exercise: its id.
        entries: whose they are.
        answers: their hashes, as in the journal.
        share: of the own fingerprints of the one who has fewer, those that the other has too.
        shared: how many these are.
        lines: of each text, those in which they stand.
    """

    exercise: str
    entries: tuple[Outside, Outside]
    answers: tuple[str, str]
    share: float
    shared: int
    lines: tuple[frozenset[int], frozenset[int]]


@dataclass(frozen=True)
class Handed:
    """An answer, and what is known of its text."""

    entry: Outside
    answer: str
    facts: SourceFacts


def similar(exercise: str, handed: Sequence[Handed], given: Collection[SourceFacts]) -> list[Pair]:
    """The pairs that share more than what was given and what is usual, the most alike first, some of them.

    Args:
        exercise: its id.
        handed: the answers of a class to it.
        given: what everybody has: stub and reference, with all their fingerprints.
    """
    known = {print.hash for facts in given for print in facts.prints}
    counts = Counter(hash for one in handed for hash in {print.hash for print in one.facts.prints} - known)
    most = max(FEW, int(USUAL * len(handed)))
    own = [{print.hash for print in one.facts.prints if 0 < counts[print.hash] <= most} for one in handed]
    shares = [
        (shared / min(len(own[a]), len(own[b])), shared, a, b)
        for (a, b), shared in _shared(own).items()
        if shared >= LEAST_OWN
    ]
    alike = sorted((one for one in shares if one[0] >= LEAST_SHARE), key=lambda one: (-one[0], -one[1]))
    return [
        _pair(exercise, (handed[a], handed[b]), own[a] & own[b], share)
        for share, _, a, b in alike[:MOST_PAIRS]
    ]


def _shared(own: Sequence[Collection[int]]) -> Mapping[tuple[int, int], int]:
    """How many fingerprints each pair shares; those that the same students have are counted at once."""
    holders: dict[int, list[int]] = defaultdict(list)
    for index, hashes in enumerate(own):
        for hash in hashes:
            holders[hash].append(index)
    together = Counter(tuple(indices) for indices in holders.values() if len(indices) > 1)
    shared: Counter[tuple[int, int]] = Counter()
    for indices, count in together.items():
        for pair in combinations(indices, 2):
            shared[pair] += count
    return shared


def _pair(exercise: str, two: tuple[Handed, Handed], hashes: Collection[int], share: float) -> Pair:
    lines = [
        frozenset(
            line
            for print in one.facts.prints
            if print.hash in hashes
            for line in range(print.first, print.last + 1)
        )
        for one in two
    ]
    entries, answers = (two[0].entry, two[1].entry), (two[0].answer, two[1].answer)
    return Pair(exercise, entries, answers, share, len(hashes), (lines[0], lines[1]))


def is_reference(facts: SourceFacts, solution: SourceFacts, stub: SourceFacts) -> bool:
    """Whether an answer is the published reference, word for word, where that is long enough to tell.

    Args:
        facts: of the answer.
        solution: the reference.
        stub: what was given; what the reference adds to it must be more than anybody would write.
    """
    if not facts.words or facts.words != solution.words:
        return False
    added = {print.hash for print in solution.prints} - {print.hash for print in stub.prints}
    return len(added) >= LEAST_OWN
