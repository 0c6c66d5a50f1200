"""Looks at the texts that nobody has looked at yet, by readers in the jail, and keeps the facts.

Of a text that its reader does not survive (Python's parser can be brought to its knees), nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from crystalball.grading.answer_texts import AnswerTexts
from crystalball.jail.levels import find_level
from crystalball.jail.unpacker import Unpacker
from crystalball.processes.inside.reader import FactsReport, FactsRequest
from crystalball.processes.process import Ended, Garbled, Hung
from crystalball.reading.source_facts import SourceFacts

BATCH = 100
"""Texts of one reader: enough that its start costs little."""

SECONDS = 20.0
"""For one text; an honest one takes milliseconds."""


def look_at_all(texts: AnswerTexts, cores: int, hidden: Iterable[Path]) -> None:
    """Looks at all texts of a journal of which there are no facts yet.

    Args:
        texts: the journal's.
        cores: readers at once.
        hidden: folders of ours that a reader must not see.
    """
    waiting = list(texts.without_facts().items())
    batches = [waiting[at : at + BATCH] for at in range(0, len(waiting), BATCH)]
    if not batches:
        return
    with Unpacker(find_level(), hidden) as readers, ThreadPoolExecutor(cores) as pool:
        every = pool.map(lambda batch: list(look_at([text for _, text in batch], readers)), batches)
        for batch, found in zip(batches, every, strict=True):
            texts.add_facts((answer, facts) for (answer, _), facts in zip(batch, found, strict=True))


def look_at(texts: Sequence[str], readers: Unpacker) -> Iterator[SourceFacts]:
    """The facts of some texts, in their order.

    Args:
        texts: anybody's.
        readers: start the process that parses them.
    """
    while texts:
        answered = _answered(texts, readers)
        yield from answered
        if len(answered) < len(texts):
            yield SourceFacts()  # of the one that ended it
        texts = texts[len(answered) + 1 :]


def _answered(texts: Sequence[str], readers: Unpacker) -> list[SourceFacts]:
    """The facts of the first texts, as far as one reader comes."""
    found: list[SourceFacts] = []
    try:
        with readers.reader() as (process, _):
            for text in texts:
                process.request(msgspec.to_builtins(FactsRequest(text)))
                found.append(msgspec.convert(process.answer(SECONDS), FactsReport).facts)
    except (Ended, Hung, Garbled, msgspec.MsgspecError):
        pass  # the one that it was at is known by their number
    return found
