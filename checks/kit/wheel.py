"""How the wheel is built: the library, and beside its modules the rest of the kit as one file.

There is no copy of it in the repository: the file is made when a wheel is. pyproject.toml names this class.
"""

import sys
from pathlib import Path

from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[2]

sys.path.append(str(ROOT / "checks"))
from crystalball.curriculum.tree import PACKED, kit_files, pack  # noqa: E402  # not installed yet


class BuildWithTheKit(build_py):
    """Puts the kit's other files into the package, and all of them into a source distribution."""

    def run(self) -> None:
        """Builds the package; one that is installed as a link to the clone has the kit beside it."""
        super().run()
        if not self.editable_mode:
            package = Path(self.build_lib, "crystalball")
            package.mkdir(parents=True, exist_ok=True)
            pack(ROOT, package / PACKED)

    def get_source_files(self) -> list[str]:
        """What a source distribution holds."""
        return [path.relative_to(ROOT).as_posix() for path in kit_files(ROOT)]
