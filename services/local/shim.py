"""
One small parent per supervised process, so that none outlives `kinerja up`, however that ends.

Run by path with the standard library only, to start fast and stay small:
`python -I -S shim.py STOP_SIGNAL GRACE_S UID GID LOG LIMIT COMMAND...` (UID and GID -1: stay who we are).

Standard input is held open by the supervisor. When it closes, or the shim gets SIGTERM, the command gets its stop
signal, and after the grace period everything that descends from it is killed. Standard output carries `pid N` and,
once the command and all its descendants are gone, `exit STATUS` (negative: the signal). What the command writes goes
through the shim to the file LOG, which is turned when it has LIMIT bytes: the one before it stays as `.old.log`.
"""

import contextlib
import ctypes
import os
import select
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
ORPHANS_GRACE_S = 3.0
"""How long descendants of a command that has ended may take to end, after they were asked to."""


def prctl(option: int, value: int) -> None:
    """Ask the kernel; a refusal is no error, since the pipe from the supervisor does the same a little later."""
    ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


class Log:
    """The file with what a command writes, turned line by line; a disk that is full costs lines and nothing else."""

    def __init__(self, path: str, limit: int) -> None:
        self.path = path
        self.limit = limit
        self.file = self.open()

    def open(self) -> int:
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, text: bytes) -> None:
        with contextlib.suppress(OSError):
            if os.fstat(self.file).st_size + len(text) > self.limit and (end := text.rfind(b"\n") + 1):
                self.append(text[:end])
                self.turn()
                text = text[end:]
            self.append(text)

    def append(self, text: bytes) -> None:
        while text:
            text = text[os.write(self.file, text) :]

    def turn(self) -> None:
        os.replace(self.path, self.path.removesuffix(".log") + ".old.log")
        os.close(self.file)
        self.file = self.open()


def spawn(uid: int, gid: int, output: int, command: list[str]) -> int:
    """Start the command in a session of its own, writing to the descriptor *output*, and return its pid."""
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.dup2(output, 2)
            become(parent, uid, gid)
            os.execvp(command[0], command)  # noqa: S606
        except OSError as exc:
            os.write(2, f"{command[0]} cannot be started: {exc}\n".encode())
        finally:
            os._exit(127)
    return pid


def become(parent: int, uid: int, gid: int) -> None:
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    os.closerange(3, 1024)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # after setuid, which clears it
    if os.getppid() != parent:
        os._exit(127)


def report(text: str) -> None:
    with contextlib.suppress(OSError):  # the supervisor is gone; stopping the command matters more
        os.write(1, f"{text}\n".encode())


def descendants() -> list[int]:
    """
    Return all processes below this one.

    As a subreaper the shim becomes the parent of every orphan among them, also of those that left the process group.
    """
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
            parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
    found = [os.getpid()]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found[1:]


def signal_all(number: int) -> None:
    for pid in descendants():
        with contextlib.suppress(OSError):
            os.kill(pid, number)


class Watch:
    """What the shim knows of the command: whether it was told to stop, until when, and how it ended."""

    def __init__(self, pid: int, stop_signal: int, grace_s: float) -> None:
        self.pid = pid
        self.stop_signal = stop_signal
        self.grace_s = grace_s
        self.status: int | None = None
        self.deadline: float | None = None
        self.all_gone = False

    def stop(self) -> None:
        if self.deadline is None:
            self.deadline = time.monotonic() + self.grace_s
            with contextlib.suppress(OSError):
                os.kill(self.pid, self.stop_signal)

    def reap(self) -> None:
        """Collect whoever has ended; the command's end starts the time for its descendants."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self.all_gone = True
                return
            if pid == 0:
                return
            if pid == self.pid:
                self.status = os.waitstatus_to_exitcode(status)
                self.deadline = time.monotonic() + ORPHANS_GRACE_S
                signal_all(signal.SIGTERM)

    def tick(self) -> None:
        if self.deadline is not None and time.monotonic() >= self.deadline:
            signal_all(signal.SIGKILL)
        self.reap()

    def wait_s(self) -> float | None:
        """Seconds until the next look; None when only news can change anything."""
        return None if self.deadline is None else min(0.2, max(0.0, self.deadline - time.monotonic()))


def listen_for_signals() -> int:
    """Return a descriptor that carries the numbers of the signals that arrive."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    return readable


def main(arguments: list[str]) -> None:
    stop_signal, grace_s, uid, gid, path, limit, *command = arguments
    signals = listen_for_signals()
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    log = Log(path, int(limit))
    written, output = os.pipe()
    watch = Watch(spawn(int(uid), int(gid), output, command), int(stop_signal), float(grace_s))
    os.close(output)
    report(f"pid {watch.pid}")
    sources = [0, signals, written]
    while not watch.all_gone or written in sources:
        readable, _, _ = select.select(sources, [], [], watch.wait_s())
        if 0 in readable and not os.read(0, 64):
            sources.remove(0)
            watch.stop()
        if signals in readable and signal.SIGTERM in os.read(signals, 64):
            watch.stop()
        if written in readable:
            text = os.read(written, 65536)
            log.write(text) if text else sources.remove(written)
        watch.tick()
    report(f"exit {watch.status}")


if __name__ == "__main__":
    main(sys.argv[1:])
