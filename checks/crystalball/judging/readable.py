"""A worker's text as the learner knows it: with the paths of their own files in place of ours."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from crystalball.cases.inside.case import Case
from crystalball.reading.outside import Outside, outside


@dataclass(frozen=True)
class KnownPaths:
    """The paths that a learner knows: a worker's text tells these in place of ours.

    Attributes:
        file: the learner's.
        seen: its path, as the worker sees it.
        scratch: the folder of the cases, as the worker sees it.
    """

    file: Path
    seen: str
    scratch: Path

    def told(self, text: str, case: Case | None = None) -> Outside:
        """A text without a folder of ours.

        Args:
            text: from a worker.
            case: of which it tells: what the function was given is called as its parameter is.
        """
        text = text.replace(self.seen, self.file.as_posix())
        text = text.replace(f"{Path(self.seen).parent}{os.sep}", f"{self.file.parent.as_posix()}/")
        ours = rf"{re.escape(str(self.scratch))}[/\\]case-\d+"
        name, folder = case.given if case else ("", "")
        if name:
            text = re.sub(rf"{ours}[/\\]{re.escape(folder)}(?![\w.-])", name, text)
        return outside(re.sub(ours, ".", re.sub(rf"{ours}[/\\]", "", text)))
