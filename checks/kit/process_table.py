"""The processes of this machine. Linux tells by files, so that a bare one without `ps` will do."""

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Entry:
    """One process.

    Attributes:
        pid: its id.
        parent: the id of the one that started it.
        command: its command line; empty when it has ended, and nobody has asked how.
    """

    pid: int
    parent: int
    command: str

    @property
    def folder(self) -> Path | None:
        """Where it works, as far as Linux tells."""
        with contextlib.suppress(OSError):
            return (PROC / str(self.pid) / "cwd").readlink()
        return None


def processes() -> list[Entry]:
    """All that run now."""
    if not (PROC / "self/stat").exists():
        command = ["ps", "-axo", "pid=,ppid=,stat=,args="]
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows = [line.split(maxsplit=3) for line in found.splitlines()]
        return [Entry(int(row[0]), int(row[1]), "" if "Z" in row[2] else row[-1]) for row in rows]
    entries = []
    for place in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may have ended meanwhile
            parent = (place / "stat").read_text().rpartition(")")[2].split()[1]
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            entries.append(Entry(int(place.name), int(parent), command))
    return entries
