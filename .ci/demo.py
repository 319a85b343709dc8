"""
Type `make demo`, wait for its table and its two mails, press Ctrl-C, and see that it ends cleanly and leaves nothing.

Standard library only. Ends with 1 and everything that was said when it does not go like that.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

SHOWN_WITHIN_S, ENDS_WITHIN_S = 600, 60
WANTED = (
    "Kinerja 30 hari terakhir",
    "Kelurahan Srondol Wetan: Ketepatan waktu layanan",
    "Seksi Pencegahan dan Pengendalian Penyakit: Ketepatan hadir",
    "watch the figures move",
)


def main() -> int:
    """Run it; return the exit status."""
    before = ours()
    make = subprocess.Popen(
        ["make", "demo"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", process_group=0
    )
    watchdog = threading.Timer(SHOWN_WITHIN_S, os.killpg, (make.pid, signal.SIGKILL))
    watchdog.start()
    said = ""
    while WANTED[-1] not in said and (line := make.stdout.readline()):
        said += line
    mails = [path.name for path in (Path.home() / ".local/share/kinerja/mail").glob("*.eml")]
    started = ours() - before
    os.killpg(make.pid, signal.SIGINT)
    watchdog.cancel()
    rest, _ = make.communicate(timeout=ENDS_WITHIN_S)
    said += rest
    wrong = [f"it never said: {words}" for words in WANTED if words not in said]
    wrong += ["it showed a stack trace"] if "Traceback" in said else []
    wrong += [f"it sent {len(mails)} mails and not 2"] if len(mails) != 2 else []
    wrong += ["it did not stop cleanly"] if "kinerja: stopped" not in said else []
    wrong += [f"it left the processes {left}"] if (left := sorted(started & ours())) else []
    print(said if wrong else "\n".join(line for line in said.splitlines() if line.startswith("kinerja:")))
    for what in wrong:
        print(f"make demo: {what}", file=sys.stderr)
    return 1 if wrong else 0


def ours() -> set[int]:
    """The processes that have this folder or the home in what they were called with or work in."""
    marks = (str(Path.cwd()), str(Path.home()))
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and of(entry, marks)}


def of(process: Path, marks: tuple[str, ...]) -> bool:
    try:
        called = (process / "cmdline").read_bytes().decode(errors="replace")
        where = os.readlink(process / "cwd")
    except OSError:
        return False
    return any(mark in called or mark in where for mark in marks)


if __name__ == "__main__":
    sys.exit(main())
