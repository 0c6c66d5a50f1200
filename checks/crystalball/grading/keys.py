"""What a verdict depends on, as hashes: where nothing of it has changed, nothing is judged again."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec
from msgspec import structs

from crystalball.curriculum.manifest import MANIFEST, NotFound, curriculum

VARIABLE = "CRYSTALBALL_SEED"
"""The environment variable that holds the seed when no file is named."""

LIBRARIES = ("torch", "tensorboard", "hypothesis")


@dataclass(frozen=True)
class Seed:
    """What chooses the drawn cases. Neither the text nor the number ever leaves this process.

    Attributes:
        number: for hypothesis; 0 draws the cases that learners have too.
        digest: tells whether two gradings had the same seed, and costs a guess 50 ms.
    """

    number: int
    digest: str

    def __repr__(self) -> str:
        return f"Seed({self.digest!r})"

    @property
    def public(self) -> bool:
        """Whether the cases are those that learners have."""
        return self.number == 0


PUBLIC = Seed(0, "public")


def read_seed(path: Path | None) -> Seed:
    """The seed in a file, else in the environment (where it is removed from), else the public one.

    Args:
        path: of the file; `None` where none was named.

    Raises:
        NotFound: the file cannot be read, or is empty.
    """
    given = os.environ.pop(VARIABLE, "")
    if path is not None:
        try:
            given = path.read_bytes()[:4096].decode(errors="surrogateescape")
        except OSError as error:
            raise NotFound(f"--seed: {path} cannot be read: {error.strerror}.") from None
        if not given.strip():
            raise NotFound(f"--seed: {path} is empty: write a line into it that nobody can guess.")
    if not given.strip():
        return PUBLIC
    secret = given.strip().encode(errors="surrogateescape")
    number = int.from_bytes(hashlib.sha256(b"cases" + secret).digest()[:8], "big") or 1
    digest = hashlib.scrypt(secret, salt=b"crystalball", n=2**14, r=8, p=1, dklen=16).hex()
    return Seed(number, digest)


@dataclass(frozen=True)
class VerdictKey:
    """What a verdict depends on.

    Attributes:
        exercise: its id.
        answer: hash of the answer and what lies beside it.
        checks: hash of the kit's library and of the exercise's file of checks.
        seed: hash of the seed.
        versions: of the libraries and of Python, as JSON.
        sandbox: the level of the sandbox that the answer ran in.
    """

    exercise: str
    answer: str
    checks: str
    seed: str
    versions: str
    sandbox: str


WHY = {
    "answer": "another answer was handed in",
    "checks": "the kit's checks have changed",
    "seed": "the seed is another",
    "versions": "versions have changed",
    "sandbox": "it ran in another sandbox",
}
"""Why a verdict may differ, by the field of the key."""


def versions() -> str:
    """The versions that a verdict depends on, as JSON; nothing is imported for it."""
    found = {name: metadata.version(name) for name in LIBRARIES}
    return json.dumps(found | {"python": platform.python_version()})


@cache
def checks_digest(root: Path, exercise: str) -> str:
    """The hash of the library, of an exercise's checks, and of what the manifest says for judging.

    Titles, hints and points are none of that: who changes them has nothing judged again.

    Args:
        root: of the kit.
        exercise: its id.
    """
    digest = hashlib.sha256(_library_digest().encode())
    all_of_it = curriculum()
    told = dict.fromkeys(("title", "part", "goal", "hints")) | {"points": 0}
    asked = structs.replace(all_of_it, exercises=(structs.replace(all_of_it.find(exercise), **told),))
    digest.update(msgspec.json.encode(asked))
    digest.update((root / "checks" / f"test_{exercise}.py").read_bytes())
    return digest.hexdigest()


@cache
def _library_digest() -> str:
    library = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(library.rglob("*")):
        if path.suffix in (".py", ".toml") and path.name != MANIFEST:
            digest.update(path.relative_to(library).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
