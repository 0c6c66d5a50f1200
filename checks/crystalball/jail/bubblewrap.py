"""The walls of the jail: the command that builds them, and all that stands inside of them.

Inside stand the Python environment and the modules that a worker imports: no solutions, no checks, no
oracle, no catalogue of mistakes, no submissions.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import crystalball

PACKAGE = Path(crystalball.__file__).parent

SYSTEM = tuple(
    map(Path, ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache"))
)

KIT, CASES = Path("/kit"), Path("/case")
"""Inside: where the modules lie, and where a worker's own file system is mounted."""


def inside() -> list[Path]:
    """The files of this package that stand inside.

    These are the face that learners import, `reading/`, each room's `inside/`, and the `__init__.py`
    of the rooms around it.
    """
    folders = sorted(PACKAGE.glob("*/inside"))
    modules = [path for folder in (PACKAGE, PACKAGE / "reading", *folders) for path in folder.glob("*.py")]
    return [PACKAGE / "py.typed", *modules, *(folder.parent / "__init__.py" for folder in folders)]


def copy_modules(target: Path) -> None:
    """Copies what stands inside into a folder, as a package.

    Args:
        target: the folder; it is made.
    """
    for path in inside():
        file = target / PACKAGE.name / path.relative_to(PACKAGE)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, file)


def package_folders() -> list[Path]:
    """The folders of installed packages, those of the user too."""
    return [Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]


def environment_paths(hidden: Iterable[Path]) -> list[Path]:
    """The files and folders of the Python environment, rid of what is hidden.

    Args:
        hidden: files and folders that must not be among them, nor below one.
    """
    executable = Path(sys.executable)
    base = executable.resolve()
    homes = {Path(sys.prefix), Path(sys.base_prefix), base.parents[1]}
    paths = [home / name for home in homes for name in ("lib", "lib64", "pyvenv.cfg")]
    kept = {path.resolve() for path in (Path(sys.prefix), *package_folders())}
    closed = {one for path in (PACKAGE, *hidden) for one in _around(path.resolve(), kept)}
    found = {one for path in (*SYSTEM, *paths, *package_folders(), base) for one in shown(path, closed)}
    return sorted(path for path in found if not found.intersection(path.parents))


def _around(folder: Path, kept: set[Path]) -> Iterator[Path]:
    """A folder that is hidden; where the environment lies in it, as `.venv` does, all beside that."""
    if not any(folder in one.parents for one in kept):
        yield folder
        return
    for child in folder.iterdir():
        if child not in kept:
            yield from _around(child, kept)


def shown(path: Path, closed: set[Path]) -> list[Path]:
    """The path, where it exists; or what lies beside closed folders, where one is below it.

    Args:
        path: a file or folder.
        closed: files and folders, resolved.
    """
    real = path.resolve()
    if not path.exists() or any(real == one or one in real.parents for one in closed):
        return []
    if not any(real in one.parents for one in closed):
        return [path]
    return [one for child in sorted(path.iterdir()) for one in shown(child, closed)]


def command(bound: Iterable[Path], modules: Path, arguments: Sequence[str]) -> list[str]:
    """A command of this Python, in the jail.

    Args:
        bound: what of the environment stands inside, at the same place.
        modules: the folder that `copy_modules` filled.
        arguments: the command, which starts with this Python.
    """
    words = [shutil.which("bwrap") or "bwrap", "--unshare-all", "--unshare-user", "--hostname", "jail"]
    # The warm parent mounts a file system for each child; children give this capability up.
    words += ["--new-session", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]
    words += ["--proc", "/proc", "--dev", "/dev", "--dir", str(CASES)]
    for path in bound:
        words += ["--ro-bind", str(path.resolve()), str(path)]
    executable = Path(sys.executable)
    if executable != executable.resolve():  # a virtual environment's, beside its pyvenv.cfg
        words += ["--symlink", str(executable.resolve()), str(executable)]
    words += ["--ro-bind", str(modules), str(KIT), "--remount-ro", "/", "--chdir", "/", "--"]
    return [*words, *arguments]
