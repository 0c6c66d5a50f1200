"""What the arguments of `pytest` mean in a kit: numbers and answers name exercises, as their checks do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from crystalball.curriculum.manifest import Exercise, NotFound, curriculum

NOTHING = "Nothing that was named is an exercise: `pytest` judges all of them, `pytest -k 03` exercise 03."
"""What to type when no check was chosen."""


def understand(config: pytest.Config, root: Path) -> None:
    """Replaces what a learner named (`01`, `exercises/01_first_scalar.py`, `-k 6`) by the checks it means.

    Args:
        config: of pytest; its arguments are changed.
        root: of the kit.

    Raises:
        pytest.UsageError: a number is named that no exercise has, or answers of two folders.
    """
    try:
        word = config.option.keyword.strip()
        if word.isdecimal():  # `-k 6` would choose 16 as well, by its letters
            config.option.keyword = f"test_{curriculum().find(word).id}"
    except NotFound as error:
        raise pytest.UsageError(f"-k: {error}") from None
    elsewhere = config.args_source == pytest.Config.ArgsSource.INVOCATION_DIR
    here = config.invocation_params.dir
    if elsewhere and here != root and not here.is_relative_to(root / "checks"):
        config.args[:] = [str(root / "checks")]
        return
    named = [_meant(argument, config.invocation_params.dir, root) for argument in config.args]
    config.args[:] = [checks for checks, _ in named]
    folders = {answers for _, answers in named if answers is not None}
    if len(folders) > 1:
        raise pytest.UsageError("Answers of two folders are named: judge one folder at a time.")
    if folders:
        config.option.answers = str(folders.pop())


def _meant(argument: str, here: Path, root: Path) -> tuple[str, Path | None]:
    """The checks that an argument means, and the folder of the answers that it names, if it does."""
    name, *_ = argument.split("::")
    path = here / name
    try:
        exercise = _exercise(path.stem if path.is_file() else name)
    except NotFound as error:
        if name.isdecimal() and not path.exists():
            raise pytest.UsageError(str(error)) from None
        holds_answers = path.is_dir() and not (root / "checks").is_relative_to(path.resolve())
        if holds_answers and any((path / f"{one.id}.py").exists() for one in curriculum().exercises):
            return str(root / "checks"), path.resolve()
        return argument, None
    answers = path.resolve().parent if path.is_file() else None
    return str(root / "checks" / f"test_{exercise.id}.py"), answers


def _exercise(name: str) -> Exercise:
    return curriculum().find(name)


def chose_nothing(exit_code: int, arguments: Sequence[str], root: Path) -> bool:
    """Whether a run chose no check though it was not meant for the kit's own tests.

    Args:
        exit_code: of the run.
        arguments: of pytest.
        root: of the kit.
    """
    kit = root / "checks/kit"
    own = any(Path(argument.partition("::")[0]).resolve().is_relative_to(kit) for argument in arguments)
    return exit_code == pytest.ExitCode.NO_TESTS_COLLECTED and not own
