"""What some of the kit's tests need beside Python, and what becomes of them where it is missing.

They are skipped, and one line at the end of the run says how many, and how to get what they need. Where
nothing may be left out (`.ci/run`), `CRYSTALBALL_TEST_EVERYTHING` is set, and they fail instead.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from crystalball.jail.levels import JailLevel, find_level

SWITCH = "CRYSTALBALL_TEST_EVERYTHING"


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser() -> str | None:
    """The path of a Chromium on this machine, or `None`."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Need:
    """Something that a machine may not have.

    Attributes:
        what: it is.
        how: it is had.
        met: says whether this machine has it.
    """

    what: str
    how: str
    met: Callable[[], bool]

    def __str__(self) -> str:
        return f"needs {self.what} ({self.how})"

    def demand(self) -> None:
        """Leaves the test out where the need is not met, or lets it fail where nothing is left out."""
        if not self.met():
            (pytest.fail if os.environ.get(SWITCH) else pytest.skip)(
                str(self)
            )  # says what it needs, and how


JAIL = Need(
    "a Linux with bubblewrap and libseccomp",
    "`apt install bubblewrap libseccomp2`, and let users make namespaces",
    lambda: find_level() == JailLevel.FULL,
)
BROWSER = Need("a Chromium", "`apt install chromium`", lambda: find_browser() is not None)

NEEDS = {"jail": JAIL, "browser": BROWSER}
"""By the argument of the mark: `@pytest.mark.needs("jail")`."""


def left_out(reasons: Iterable[str]) -> str:
    """One line on the tests that were skipped for want of something; empty where there are none.

    Args:
        reasons: why tests were skipped, each as often as it was.
    """
    told = list(reasons)
    counts = {need: sum(str(need) in reason for reason in told) for need in NEEDS.values()}
    parts = [
        f"{count} {'test that needs' if count == 1 else 'tests that need'} {need.what} ({need.how})"
        for need, count in counts.items()
        if count
    ]
    return f"Left out: {' and '.join(parts)}." if parts else ""
