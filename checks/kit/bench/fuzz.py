"""Fuzzes the border: event files, archives, answers of a worker; nothing but verdicts may come of them.

    python checks/kit/bench/fuzz.py files 1000000 [--seed 7]

`files` are read as the reader of a jail, the doctor and a detective read; `judged` are the same, left by a
program that is judged; `archives` are handed in; `answers` are what a worker says in place of its reports.
hypothesis draws, so that what fails becomes small; a file that fails is kept in `checks/kit/fuzzed/`, and
CI tries it again. The program prints the rate, the slowest example, and the memory after the first
thousand and at the end.
"""

import contextlib
import random
import resource
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import click
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

sys.path.append(str(Path(__file__).parents[1]))
from fuzzing import EVENT_FILE, FUZZED, ROOT, FuzzedJudge, OpensHere, read_everywhere, take_in
from fuzzing_archives import archive
from fuzzing_files import event_file

from crystalball.grading.scratch import scratch_folder
from crystalball.judging.session import JudgingSession

EXERCISES = ("01", "02", "03", "10", "14")
"""Whose solutions' runs are changed, and whose verdicts are asked for."""

A_ROUND = 100
"""Examples of one seed: hypothesis remembers all that it has drawn under one."""

EACH = 10
"""Examples for each one that hypothesis draws, from a plain random source: to draw takes longer."""

A_LINE = 10_000
"""Examples after which a line says how far it is."""

Fuzz = Callable[[random.Random], object]
Reads = Callable[[Path], object]


class Fuzzer:
    """Counts and times.

    Args:
        fuzz: makes one example, and tries it.
    """

    def __init__(self, fuzz: Fuzz) -> None:
        self._fuzz = fuzz
        self.count, self.failed, self.slowest = 0, 0, 0.0

    def round(self, chosen: int, examples: int) -> None:
        """Tries examples of one seed.

        Args:
            chosen: the seed.
            examples: how many.
        """

        @seed(chosen)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),  # drawing is slow
            print_blob=True,
        )
        @given(st.randoms(use_true_random=False), st.integers(0, 2**32))
        def run(rng: random.Random, more: int) -> None:
            for drawn in (rng, *(random.Random(f"{more} {i}") for i in range(EACH - 1))):
                began = time.process_time()
                self._fuzz(drawn)
                self.count += 1
                self.slowest = max(self.slowest, time.process_time() - began)

        try:
            run()
        except Exception:  # it is kept; the others are tried too
            self.failed += 1
            traceback.print_exc()


def trying(make: Callable[[random.Random], tuple[str, bytes]], folder: Path, read: Reads) -> Fuzz:
    """Tries files that are made up; one that fails is kept.

    Args:
        make: the name of one and its content.
        folder: an empty one, in which it lies alone.
        read: whatever is done with it.
    """

    def fuzz(rng: random.Random) -> None:
        name, content = make(rng)
        file = folder / name
        file.write_bytes(content)
        try:
            read(file)
        except BaseException:
            FUZZED.mkdir(exist_ok=True)
            shutil.copy(file, FUZZED / f"{crc32(content):08x}-{name}")
            raise
        finally:
            file.unlink()

    return fuzz


def memory() -> float:
    """MiB that this process took at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@click.command()
@click.argument("what", type=click.Choice(["files", "archives", "judged", "answers"]))
@click.argument("count", type=int, default=1000)
@click.option(
    "--seed", "first", type=int, default=None, help="Of the first round; a random one without it."
)
@click.option("--seconds", type=float, default=float("inf"), help="Ends when they are over.")
def main(what: str, count: int, first: int | None, seconds: float) -> None:
    """Tries COUNT examples of WHAT."""
    first = random.randrange(10**6) if first is None else first
    began, flat = time.monotonic(), 0.0
    with (
        scratch_folder(1) as folder,
        contextlib.closing(JudgingSession(ROOT, ROOT / "solutions")) as session,
    ):
        judge = FuzzedJudge(session, EXERCISES, folder / "solutions")
        (run := folder / "files/run").mkdir(parents=True)
        (handed_in := folder / "archives").mkdir()
        fuzzes = {
            "files": trying(
                lambda rng: (EVENT_FILE, event_file(rng, judge.runs)),
                run,
                lambda file: read_everywhere(file.parent),
            ),
            "archives": trying(archive, handed_in, lambda file: take_in(file, OpensHere())),
            "judged": judge.files,
            "answers": judge.answers,
        }
        fuzzer = Fuzzer(fuzzes[what])
        click.echo(f"seed {first}")
        began = time.monotonic()
        while fuzzer.count < count and time.monotonic() - began < seconds:
            fuzzer.round(first, min(A_ROUND, -(-count // EACH)))
            first, flat = first + 1, flat or (memory() if fuzzer.count > 1000 else 0)
            if fuzzer.count % A_LINE == 0:
                click.echo(f"{fuzzer.count} {what}, {fuzzer.failed} failed, {memory():.0f} MiB")
    rate = fuzzer.count / (time.monotonic() - began)
    click.echo(f"{fuzzer.count} {what}, {rate:.0f}/s; the slowest took {fuzzer.slowest:.2f} s of CPU")
    click.echo(f"memory: {flat:.0f} MiB after the first thousand, {memory():.0f} MiB at the end")
    sys.exit(fuzzer.failed > 0)


if __name__ == "__main__":
    main()
