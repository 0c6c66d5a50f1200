"""The promises of a contract: each sentence, and the wrong program that is caught when it breaks it.

`checks/kit/promises/NN_name.toml` is the table of an exercise; the README beside it says how it is written.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from crystalball.curriculum.manifest import Exercise
from crystalball.entry.programs import EditError, slips, wrong_programs
from crystalball.judging.session import JudgingSession
from crystalball.judging.verdict import Status, Verdict

FOLDER = Path("checks/kit/promises")


class Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of a contract, and a program that breaks them where they are judged.

    Attributes:
        text: the words as they stand there, on one line.
        law: the check that the program breaks.
        case: the index of the pinned case on which it does.
        program: a wrong program of the exercise, or its solution with a slip.
    """

    text: str
    law: str
    case: int
    program: str


class Free(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of a contract that no program can break.

    Attributes:
        text: the words as they stand there, on one line.
        why: what they are instead: an explanation, an example, what is given.
    """

    text: str
    why: str


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the contract of an exercise says."""

    promise: tuple[Promise, ...] = ()
    free: tuple[Free, ...] = ()


def promise_problems(judging_session: JudgingSession, exercise: Exercise) -> Iterator[str | None]:
    """Looks for sentences of a contract that no program breaks, and for programs that break none.

    Args:
        judging_session: judges the programs.
        exercise: whose contract.

    Yields:
        What is wrong, and `None` for each promise that is judged.
    """
    root, file = judging_session.root, FOLDER / f"{exercise.id}.toml"
    try:
        table = msgspec.convert(tomllib.loads((root / file).read_text(encoding="utf-8")), Table)
        programs = slips(root, exercise.id) | wrong_programs(root, exercise.id)
    except FileNotFoundError:
        yield f"{file.as_posix()} is missing: it says which law judges each sentence of the contract"
        return
    except (ValueError, EditError) as error:
        yield f"{file.as_posix()}: {error}"
        return
    for problem in (
        *_words_missing(root, exercise, table),
        *_broken(judging_session, exercise, table, programs),
    ):
        yield problem and f"{file.as_posix()}: {problem}"


def _words_missing(root: Path, exercise: Exercise, table: Table) -> Iterator[str]:
    contract = list(_docstrings(root, exercise))
    whole = "\n".join(" ".join(docstring.split()) for docstring in contract)
    texts = [*(one.text for one in table.promise), *(one.text for one in table.free)]
    for text in texts:
        if text not in whole:
            yield f'"{text}" does not stand in the contract: copy its words, on one line'
    for one in (sentence for docstring in contract for sentence in sentences(docstring)):
        if not any(text in one or one in text for text in texts):
            yield f'"{one}" has no entry: a [[promise]] with a program that breaks it, or [[free]] and why'


def _broken(
    judging_session: JudgingSession, exercise: Exercise, table: Table, programs: Mapping[str, str]
) -> Iterator[str | None]:
    """Whether each promise's program breaks its law on its case."""
    spec = judging_session.spec(exercise)
    laws, pinned = [check.name for check in spec.checks], spec.cases.pinned
    broken: dict[tuple[str, int], Sequence[str]] = {}
    for promise in table.promise:
        tried = promise.program, promise.case
        if promise.program not in programs:
            yield f'"{promise.text}": there is no program {promise.program}'
        elif promise.law not in laws:
            yield f'"{promise.text}": there is no law {promise.law}; there are {", ".join(laws)}'
        elif promise.case not in range(len(pinned)):
            yield f'"{promise.text}": there is no pinned case {promise.case}; they are counted from 0'
        else:
            if tried not in broken:
                text, case = programs[promise.program], pinned[promise.case]
                verdict = judging_session.judge_text(exercise, spec, text, [case])
                broken[tried] = _laws_broken(verdict, laws)
            kept = promise.law not in broken[tried]
            told = f"{' and '.join(broken[tried]) or 'no law'} on case {promise.case}, not {promise.law}"
            yield f'"{promise.text}": {promise.program} breaks {told}' if kept else None


def _laws_broken(verdict: Verdict, laws: Sequence[str]) -> Sequence[str]:
    """Those that a program broke; who crashes or never ends keeps none."""
    if verdict.status not in (Status.PASSED, Status.FAILED):
        return laws
    return [check.name for check in verdict.checks if not check.passed]


def _docstrings(root: Path, exercise: Exercise) -> Iterator[str]:
    """Those of the functions and classes of a stub, as they stand there."""
    for node in ast.walk(ast.parse((root / "exercises" / f"{exercise.id}.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and (text := ast.get_docstring(node)):
            yield text


def sentences(docstring: str) -> Iterator[str]:
    """The sentences of a docstring, each on one line, without the headings of its sections.

    Args:
        docstring: as it stands there.
    """
    # A blank line, the next argument or item, and the end of a sentence before a capital, a tag, a bracket.
    for part in re.split(r"\n\s*\n|\n(?= {4}\w+: )|\n\s*- |(?<=[.!?)])\s+(?=[A-Z`(*])", docstring):
        sentence = re.sub(r"^(Args|Returns|Raises|Attributes|Yields):\s*", "", " ".join(part.split()))
        if sentence:
            yield sentence
