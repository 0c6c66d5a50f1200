"""How much of a jail this machine offers."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path

from crystalball.jail.inside import landlock, seccomp
from crystalball.jail.inside.limits import Limits
from crystalball.jail.setup import JailSetup


class JailLevel(StrEnum):
    """How much a machine offers, from all to nothing."""

    FULL = "bubblewrap, Landlock and seccomp"
    NO_LANDLOCK = "bubblewrap and seccomp"
    CHILD = "Landlock and seccomp"
    NONE = "no sandbox"

    @property
    def sentence(self) -> str:
        """What that means, for the instructor."""
        return SENTENCES[self]

    def setup(self, hidden: Iterable[Path] = (), limits: Limits | None = None) -> JailSetup:
        """All that a warm parent of this level is started with.

        Args:
            hidden: see `JailSetup`.
            limits: see `JailSetup`.
        """
        bubblewrap = self in (JailLevel.FULL, JailLevel.NO_LANDLOCK)
        landlocked = self in (JailLevel.FULL, JailLevel.CHILD)
        return JailSetup(hidden, limits or Limits(), bubblewrapped=bubblewrap, landlocked=landlocked)


SENTENCES = {
    JailLevel.FULL: "Submissions run in a jail of bubblewrap, Landlock and seccomp.",
    JailLevel.NO_LANDLOCK: (
        "Submissions run in a jail of bubblewrap and seccomp; this kernel has no Landlock."
    ),
    JailLevel.CHILD: (
        "Submissions run under Landlock and seccomp, in the same file system as yours: bubblewrap cannot "
        "be used here (is it installed, are user namespaces allowed?). Exercises that need a network are "
        "not judged."
    ),
    JailLevel.NONE: (
        "Nothing here keeps a submission from reading and deleting your files, or from ending the "
        "grading by what it leaves. On Linux, install the extra, in the kit's folder, with pip install -e "
        "'.[grade]', and bubblewrap by apt or dnf; elsewhere, use a Linux container or machine."
    ),
}


@cache
def find_level() -> JailLevel:
    """Tries out, from the best to the worst, what this machine offers; about 0.1 s."""
    if sys.platform != "linux" or not seccomp.available():
        return JailLevel.NONE
    known = landlock.version() > 0
    levels = [JailLevel.FULL, JailLevel.CHILD] if known else [JailLevel.NO_LANDLOCK]
    return next((level for level in levels if _works(level)), JailLevel.NONE)


def _works(level: JailLevel) -> bool:
    with level.setup() as setup:
        return setup.works()
