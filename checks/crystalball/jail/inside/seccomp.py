"""The filter of system calls: what a worker may ask of the kernel.

What training and logging need is allowed. What only an attack asks for ends the process at once
(`SIGSYS`), so that the attempt is seen from outside. What an honest library may try, but a jail
does not give, fails as it would on a system without it; so does every call that is newer than
this list.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from crystalball.jail.inside.kernel import SET_SECCOMP, call

FORBIDDEN = -signal.SIGSYS
"""Exit status of a process that asked for what ends it."""

ALLOWED = """
    read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 open openat creat close
    close_range lseek stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2
    readlink readlinkat getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat
    rename renameat renameat2 link linkat symlink symlinkat ftruncate fallocate fsync fdatasync
    fadvise64 flock fcntl dup dup2 dup3 pipe pipe2 umask sendfile copy_file_range readahead
    mmap munmap mprotect mremap brk madvise msync mincore membarrier
    futex set_robust_list get_robust_list rseq sched_yield sched_getaffinity sched_setaffinity
    sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min getcpu
    gettid set_tid_address exit exit_group arch_prctl
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getitimer setitimer
    alarm timer_create timer_settime timer_gettime timer_getoverrun timer_delete pause
    timerfd_create timerfd_settime timerfd_gettime
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend
    sigaltstack restart_syscall
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
    epoll_pwait2 eventfd eventfd2 recvfrom
    getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid
    getsid uname sysinfo getrusage getrlimit getrandom getpriority capget wait4 waitid
""".split()

UNRESTRICTED = """
    truncate chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat
""".split()
"""What Landlock does not restrict (`truncate` before its version 3): not permitted where files of ours
could be written."""

UNSUPPORTED = """
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr
""".split()
"""Fail as on a file system without extended attributes."""

NOT_PERMITTED = "setuid setgid setreuid setregid setresuid setresgid setgroups".split()

HOSTILE = """
    fork vfork execve execveat ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd
    pidfd_send_signal tkill rt_sigqueueinfo rt_tgsigqueueinfo kcmp
    memfd_create memfd_secret shmget msgget semget mq_open mknod mknodat
    mount umount2 pivot_root chroot unshare setns open_tree move_mount fsopen fsconfig fsmount
    open_by_handle_at bpf perf_event_open userfaultfd io_uring_setup keyctl add_key request_key
    init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff
    sethostname setdomainname settimeofday clock_settime acct quotactl iopl ioperm syslog
    setsid setpgid
""".split()

SOCKETS = "socket connect bind listen accept accept4 sendmsg recvmsg sendmmsg recvmmsg".split()
"""Hostile but where two ranks of a training talk to each other."""

OF_SOCKETS = "getsockname getpeername getsockopt setsockopt shutdown socketpair sendto".split()

READING = """
    read readv pread64 write writev close lseek stat fstat lstat newfstatat statx statfs fstatfs
    access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd fcntl dup dup2 dup3
    mmap munmap mprotect mremap brk madvise futex rseq set_robust_list
    sched_yield sched_getaffinity getcpu gettid getpid getuid geteuid getgid getegid
    clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall poll ppoll
    uname sysinfo getrusage getrandom exit exit_group
""".split()
"""What a reader may ask for: it has its pipes, and opens what it only reads."""

OPENING_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

SELF = 0x5E1FC0DE
"""Stands in a filter for the id of the process that it will be installed in."""

UNKNOWN = -1
"""__NR_SCMP_ERROR: an older libseccomp does not know a name, and the kernel does not have the call."""

CLONE_THREAD = 0x00010000  # linux/sched.h
TERMINAL = (0x5401, 0x5413, 0x5421, 0x5451, 0x541B)
"""TCGETS, TIOCGWINSZ, FIONBIO, FIOCLEX, FIONREAD (asm-generic/ioctls.h): what `isatty` and the like ask."""
NAMES = (15, 16, 0x53564D41)
"""PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (linux/prctl.h): names of threads and of memory."""


class Program(ctypes.Structure):
    """`struct sock_fprog`: a filter, for the kernel."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def available() -> bool:
    """Whether filters can be built: whether pyseccomp and libseccomp are installed."""
    try:
        import pyseccomp  # noqa: F401  # only whether it can be
    except (ImportError, OSError, RuntimeError):
        return False
    return True


def build(*, network: bool, shared_files: bool) -> bytes:
    """Builds the filter, with libseccomp; on the trusted side, which then hands it in.

    Args:
        network: whether sockets are allowed.
        shared_files: whether the worker stands in a file system that others can write.
    """
    import pyseccomp as lib

    return _exported(lib, lib.ERRNO(errno.ENOSYS), _rules(lib, network, shared_files))


def build_for_reading() -> bytes:
    """Builds the filter of a reader; likewise."""
    import pyseccomp as lib

    return _exported(lib, lib.ERRNO(errno.ENOSYS), _rules_for_reading(lib))


def _rules_for_reading(lib: Any) -> Iterator[tuple[Any, ...]]:
    yield lib.ALLOW, READING
    yield lib.ALLOW, ["open"], lib.Arg(1, lib.MASKED_EQ, OPENING_TO_WRITE, 0)
    yield lib.ALLOW, ["openat"], lib.Arg(2, lib.MASKED_EQ, OPENING_TO_WRITE, 0)
    yield lib.ALLOW, ["prlimit64"], lib.Arg(2, lib.EQ, 0)  # asks, and sets nothing
    for request in TERMINAL:
        yield lib.ALLOW, ["ioctl"], lib.Arg(1, lib.EQ, request)


def _exported(lib: Any, default: Any, actions: Iterable[tuple[Any, ...]]) -> bytes:
    """The filter of some rules, and of what becomes of all other system calls."""
    rules = lib.SyscallFilter(default)
    rules.set_attr(lib.Attr.ACT_BADARCH, lib.KILL_PROCESS)
    for action, names, *conditions in actions:
        for name in names:
            if lib.resolve_syscall(lib.Arch.NATIVE, name) != UNKNOWN:
                rules.add_rule(action, name, *conditions)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _rules(lib: Any, network: bool, shared_files: bool) -> Iterator[tuple[Any, ...]]:
    """What becomes of system calls: an action, their names, and perhaps a condition on an argument."""
    allow, kill, refuse = lib.ALLOW, lib.KILL_PROCESS, lib.ERRNO(errno.EPERM)
    yield allow, ALLOWED
    yield refuse if shared_files else allow, UNRESTRICTED
    yield lib.ERRNO(errno.ENOTSUP), UNSUPPORTED
    yield refuse, NOT_PERMITTED
    yield kill, HOSTILE
    yield allow, ["clone"], lib.Arg(0, lib.MASKED_EQ, CLONE_THREAD, CLONE_THREAD)
    yield kill, ["clone"], lib.Arg(0, lib.MASKED_EQ, CLONE_THREAD, 0)
    yield allow, ["kill", "tgkill"], lib.Arg(0, lib.EQ, SELF)
    yield kill, ["kill", "tgkill"], lib.Arg(0, lib.NE, SELF)
    yield allow, ["prlimit64"], lib.Arg(0, lib.EQ, 0)
    for request in TERMINAL:
        yield allow, ["ioctl"], lib.Arg(1, lib.EQ, request)
    for option in NAMES:
        yield allow, ["prctl"], lib.Arg(0, lib.EQ, option)
    yield allow if network else kill, SOCKETS
    if network:
        yield allow, OF_SOCKETS
    else:  # a pair of sockets that lead to each other, as an event loop of asyncio has
        yield allow, ["socketpair"], lib.Arg(1, lib.MASKED_EQ, 0xF, 1)
        yield allow, ["sendto"], lib.Arg(4, lib.EQ, 0)
        yield kill, ["sendto"], lib.Arg(4, lib.NE, 0)


def install(program: bytes) -> None:
    """Puts this process under a filter for good. Needs `no_new_privileges`."""
    here = program.replace(SELF.to_bytes(4, "little"), os.getpid().to_bytes(4, "little"))
    filter_mode = 2  # SECCOMP_MODE_FILTER
    call("prctl", SET_SECCOMP, filter_mode, ctypes.byref(Program(len(here) // 8, here)), 0, 0)
