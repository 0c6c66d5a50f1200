"""What one worker may use, enforced by the kernel."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one process; as they are, of a worker: a case trains in milliseconds and writes kilobytes.

    Attributes:
        memory: bytes of address space. Torch itself takes 0.8 GiB of it; threads count with their
            stacks, so that this bounds their number too.
        disk: bytes of its file system.
        inodes: files, folders and links in it.
        file: bytes of one file.
        descriptors: open files.
        cpu: seconds on a processor, all its threads together.
    """

    memory: int = 2048 * MIB
    disk: int = 64 * MIB
    inodes: int = 4096
    file: int = 32 * MIB
    descriptors: int = 256
    cpu: int = 300

    def apply(self) -> None:
        """Puts this process under these limits (disk and inodes are the file system's own)."""
        import resource

        for what, value in (
            (resource.RLIMIT_AS, self.memory),
            (resource.RLIMIT_FSIZE, self.file),
            (resource.RLIMIT_NOFILE, self.descriptors),
            (resource.RLIMIT_CPU, self.cpu),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_MEMLOCK, 0),
        ):
            hard = resource.getrlimit(what)[1]
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # A second between the two, so that the end says what it was: first SIGXCPU, then SIGKILL.
            last = most + (what == resource.RLIMIT_CPU and most < hard % 2**63)
            resource.setrlimit(what, (most, last))


READING = Limits(memory=512 * MIB, disk=80 * MIB, inodes=1024, file=0, descriptors=64, cpu=60)
"""Limits of a reader, which has no torch in it."""
