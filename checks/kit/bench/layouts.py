"""What the doctor says of healthy runs that real libraries wrote, and of faults that are planted in them.

    python checks/kit/bench/layouts.py [NAME…] [--in FOLDER] [--freeze]

The libraries are installed for it, into two environments in FOLDER (TensorFlow has one of its own, since it
changes how others write); a library that cannot be had is left out, and told. NAME is a library, such as
`lightning`, or one of its programs, such as `lightning/fabric`. `--freeze` keeps what each program wrote in
`checks/kit/corpus/layouts.jsonl`, for the tests that run without any of these libraries.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from corpus.faults import missed, told, wrongly_accused  # noqa: E402  # found by the path above
from corpus.layouts import Files, describe, freeze, frozen, write  # noqa: E402  # found by the path above
from worlds import FAILED, LAYOUTS  # noqa: E402  # found by the path above

from crystalball.reading.records import event_files  # noqa: E402  # found by the path above

ENVIRONMENTS = {
    "torch": (
        ("by_hand", "trainers", "boosting", "playing"),
        ("tensorboardX", "lightning", "accelerate", "pytorch-ignite", "skorch", "poutyne", "transformers"),
        ("mmengine", "torchtnt", "catboost", "xgboost", "optuna", "stable-baselines3", "sb3-contrib"),
        ("skrl", "d3rlpy", "gym"),
    ),
    "tensorflow": (
        ("tensorflows", "tensorflow1"),
        ("tensorflow-cpu", "keras", "optuna", "optuna-integration"),
    ),
}
"""For each environment, the modules of programs that run in it, and what they need."""

for modules, *_ in ENVIRONMENTS.values():
    for module in modules:
        import_module(f"worlds.{module}")


def main() -> int:
    """Runs the programs that were named, else all, and prints a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--in", dest="folder", type=Path, help="where the environments are, and stay")
    parser.add_argument("--freeze", action="store_true", help="keep what they wrote for the tests")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(prefix="crystalball-layouts-"))
    seen: dict[str, Files] = {}
    problems = 0
    with tempfile.TemporaryDirectory() as place:
        for name, made in _made(folder, Path(place), options.names):
            seen[name] = describe(made)
            said = _said(made, seen[name], Path(place))
            problems += bool(said)
            print(
                f"{name}: {'; '.join(said) or 'nothing but notes, each planted fault is found'}", flush=True
            )
    if options.freeze:
        freeze(frozen() | seen if options.names else seen)
    print(f"{len(seen)} layouts, {problems} with something to mend.")
    return 1 if problems else 0


def _made(folder: Path, place: Path, names: list[str]) -> Iterator[tuple[str, Path]]:
    """Runs programs, and yields the name and the folder of each that wrote something."""
    for environment, (modules, *libraries) in ENVIRONMENTS.items():
        for module in modules:
            wanted = [name for name in LAYOUTS if _module(name) == module and _named(name, names)]
            if wanted:
                python = _environment(folder / environment, libraries)
                command = [python, "-m", "worlds", module, place, *wanted]
                done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
                print(*(line for line in done.stdout.splitlines() if FAILED in line), sep="\n", end="")
            yield from ((name, place / name) for name in wanted if any(event_files(place / name)))


def _module(name: str) -> str:
    return LAYOUTS[name].__module__.rpartition(".")[2]


def _named(name: str, names: list[str]) -> bool:
    return not names or name in names or name.partition("/")[0] in names


def _environment(folder: Path, groups: Iterable[tuple[str, ...]]) -> Path:
    """Makes an environment with libraries, unless it is there, and returns its Python."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        for library in ("torch", "tensorboard", *chain(*groups)):
            command = [python, "-m", "pip", "install", "-q", library]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{library} cannot be had: {done.stderr.strip().splitlines()[-1]}", flush=True)
    return python


def _said(made: Path, files: Files, place: Path) -> list[str]:
    """What is wrong with what the doctor says of a program's runs, and of faults that are planted there."""
    with tempfile.TemporaryDirectory(dir=place) as again:
        write(files, Path(again) / "healthy")
        other = told(made) ^ told(Path(again) / "healthy")
        changed = [f"described, it is another: {sorted(other)}"] if other else []
        return [*wrongly_accused(made), *missed(files, Path(again)), *changed]


if __name__ == "__main__":
    sys.exit(main())
