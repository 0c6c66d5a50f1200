"""Whether the kit is whole on other versions of what it stands on: torch, Python, numpy, and all the rest.

    python checks/kit/bench/versions.py [COMBINATION…] [--in FOLDER] [--exercise N]

For each combination an environment is made in FOLDER (it stays, so that a second time is quick), and there
the kit proves itself: solutions, wrong programs and variants are judged, rivals are told apart by its
oracle, and strangers are kept in by the jail. Each torch is a download of gigabytes, unless pip is told of
an index with CPU builds. Prints a line for each combination; the exit code is 1 when one is not whole.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]

WINDOWS = sys.platform == "win32"

JUDGED_TOO = ("test_jail.py", "test_lifetime.py", "test_event_log.py")
"""Tests of the kit that depend on writers and systems, and not only on what programs compute."""

SHOWN = ("torch", "numpy", "tensorboard", "pandas", "protobuf")


@dataclass(frozen=True)
class Combination:
    """Versions that somebody may have.

    Attributes:
        python: its version, which must be on the PATH.
        wants: requirements beside the kit's own.
        least: all else of the kit's own requirements in the lowest version that they admit.
    """

    python: str
    wants: tuple[str, ...]
    least: bool = False


COMBINATIONS = {
    "oldest": Combination("3.11", ("torch==2.6.0", "pandas<3"), least=True),
    "torch-2.6": Combination("3.11", ("torch==2.6.0",)),
    "torch-2.9": Combination("3.11", ("torch==2.9.1", "numpy==2.0.*", "pandas<3")),
    "torch-2.13": Combination("3.13", ("torch==2.13.0",)),
    "python-3.14": Combination("3.14", ("torch==2.13.0",)),
    "tensorflow": Combination("3.11", ("torch==2.13.0", "tensorflow-cpu")),
}


class Failed(Exception):
    """A combination that cannot be had, or is not whole; the message says how."""


def main() -> int:
    """Tries the combinations that were named, else all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="COMBINATION", help=", ".join(COMBINATIONS))
    parser.add_argument("--in", dest="folder", type=Path, help="where the environments are, and stay")
    parser.add_argument("--exercise", nargs="?", metavar="N", help="this alone")
    options = parser.parse_args()
    unknown = set(options.names) - COMBINATIONS.keys()
    if unknown:
        parser.error(f"no combination is called {', '.join(unknown)}")
    folder = options.folder or Path(tempfile.mkdtemp(prefix="crystalball-versions-"))
    print(f"| combination | Python | {' | '.join(SHOWN)} | result | minutes |")
    print(f"|{' --- |' * (len(SHOWN) + 4)}", flush=True)
    whole = True
    for name in options.names or COMBINATIONS:
        began, versions = time.monotonic(), dict.fromkeys(SHOWN, "")
        try:
            python = _environment(COMBINATIONS[name], folder / name)
            versions = _versions(python)
            result = _verified(python, options.exercise)
        except Failed as failed:
            whole, result = False, str(failed)
        minutes = f"{(time.monotonic() - began) / 60:.0f}"
        cells = (name, COMBINATIONS[name].python, *versions.values(), result, minutes)
        print(f"| {' | '.join(cells)} |", flush=True)
    return 0 if whole else 1


def _environment(combination: Combination, folder: Path) -> Path:
    """Makes the environment of a combination, or brings one that is there up to date."""
    python = folder / ("Scripts/python.exe" if WINDOWS else "bin/python")
    if not python.is_file():
        base = shutil.which(f"python{combination.python}")
        if base is None:
            raise Failed(f"not run: there is no python{combination.python} on the PATH")
        _run(base, "-m", "venv", folder)
    wants = (*combination.wants, *(_lowest() if combination.least else ()))
    _run(python, "-m", "pip", "install", "-q", "-e", f"{ROOT}[dev]", *wants)
    return python


def _lowest() -> list[str]:
    """The kit's own requirements at the lower bounds that pyproject.toml gives."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = (re.fullmatch(r"([\w-]+)>=([\d.]+)", wanted) for wanted in project["dependencies"])
    return [f"{bound[1]}=={bound[2]}.*" for bound in bounds if bound]


def _versions(python: Path) -> dict[str, str]:
    code = f"from importlib.metadata import version\nprint(*map(version, {SHOWN}))"
    return dict(zip(SHOWN, _run(python, "-c", code).split(), strict=True))


def _verified(python: Path, exercise: str | None) -> str:
    """What was verified, in a few words."""
    command = python.with_name("crystalball.exe" if WINDOWS else "crystalball")
    table = _run(command, "verify", "--rival-seeds", "0", *([exercise] if exercise else []))
    rows = re.findall(r"^\s*\d\d_\w+" + r"\s+(\d+)" * 6, table, re.MULTILINE)
    _, solutions, mistakes, variants, promises, rivals = (
        sum(map(int, column)) for column in zip(*rows, strict=True)
    )
    tests = [ROOT / "checks/kit" / name for name in JUDGED_TOO]
    passed = re.search(r"(\d+) passed", _run(python, "-m", "pytest", "-q", *tests))
    return (
        f"whole: {solutions} solutions, {mistakes} mistakes, {variants} variants, {promises} promises, "
        f"{rivals} rivals, {passed[1] if passed else 'no'} tests"
    )


def _run(*command: object) -> str:
    """What a command says; its last line is told when it fails, and all of it on standard error."""
    words = [*map(str, command)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        print(said, file=sys.stderr)
        named = " ".join([Path(words[0]).name, *words[1:3]])
        raise Failed(f"`{named}`: {said.splitlines()[-1][:300]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
