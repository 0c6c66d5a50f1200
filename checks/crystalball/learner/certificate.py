"""The certificate: one HTML page that needs nothing else, with the sprites that the learner's runs drew."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from crystalball.curriculum.manifest import NotFound, curriculum
from crystalball.judging.verdict import Status
from crystalball.learner.drawings import RunDrawings, drawings_of_runs
from crystalball.learner.overview import duration
from crystalball.learner.progress import Progress


def write(root: Path, progress: Progress, name: str | None, output: Path) -> Path:
    """Writes the certificate.

    Args:
        root: of the kit.
        progress: of the learner.
        name: whose certificate it is; git's `user.name` without it.
        output: the file.

    Returns:
        The file.

    Raises:
        NotFound: something is not done yet.
    """
    exercises = curriculum().exercises
    following = progress.next_exercise
    if following is not None:
        done = sum(progress.status(one) == Status.PASSED for one in exercises)
        raise NotFound(
            f"{done} of {len(exercises)} exercises are done: the certificate "
            f"waits for the others. Next is {following.number} {following.title}."
        )
    page = render(progress, name or _git_name(root), drawings_of_runs(root / "runs"))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")
    return output


def render(progress: Progress, name: str, runs: Sequence[RunDrawings]) -> str:
    """The page.

    Args:
        progress: of the learner.
        name: whose certificate it is; empty where nobody knows.
        runs: what the generator drew.
    """
    exercises = [(one, progress.of(one)) for one in curriculum().exercises]
    finished = max(known.done for _, known in exercises)
    # Names and tags are a stranger's text, so everything is escaped.
    pages = Environment(
        autoescape=True, loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined
    )
    return pages.get_template("certificate.html").render(
        name=name or "the one who did it",
        runs=runs,
        parts={
            part: [pair for pair in exercises if pair[0].part == part]
            for part in dict.fromkeys(one.part for one, _ in exercises)
        },
        exercises=len(exercises),
        mistakes=len({mistake for _, known in exercises for mistake in known.mistakes}),
        tries=sum(known.tries for _, known in exercises),
        time=duration(sum(known.seconds for _, known in exercises)),
        date=f"{datetime.fromtimestamp(finished):%d %B %Y}" if finished else "",
    )


def _git_name(root: Path) -> str:
    try:
        command = ["git", "config", "user.name"]
        seen = subprocess.run(command, cwd=root, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return seen.stdout.decode(errors="replace").strip()
