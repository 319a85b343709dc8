"""`kinerja up` with its real servers and mailbox, and one trivial process in place of the services: for quick tests."""

import asyncio
import sys
from argparse import ArgumentParser
from pathlib import Path

from services.kit.process import framed
from services.local.addresses import Addresses
from services.local.child import Command
from services.local.health import answers_ready
from services.local.programs import SERVICES_STAGE, Surroundings, services
from services.local.supervisor import Program
from services.local.up import Follow, Options, Parts, run

SERVE = """
import http.server, subprocess, sys
subprocess.Popen(["sleep", "3600"], start_new_session=True)  # a grandchild that leaves the process group
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ready).serve_forever()
"""


def programs(around: Surroundings) -> tuple[Program, ...]:
    """The real mailbox, and a process under the name of ingest that answers every request with 200."""
    (mailbox,) = (program for program in services(around) if program.name == "mailbox")
    port = around.ports["ingest"]
    command = Command("ingest", (sys.executable, "-c", SERVE, str(port)), around.log("ingest"))
    return (mailbox, Program(command, lambda: answers_ready(port), SERVICES_STAGE))


def recording(path: Path) -> Follow:
    """In place of the demo: write down that it ran, that it was cancelled; in the second run, fail."""

    second, note = path.exists(), path.write_text

    async def follow(addresses: Addresses) -> None:
        if second:
            raise RuntimeError("a bug in the demo")
        note(f"given {addresses.ingest}")
        try:
            await asyncio.Event().wait()
        finally:
            note(f"cancelled {addresses.ingest}")

    return follow


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    parser.add_argument("--port-base", type=int)
    parser.add_argument("--follow", type=Path)
    options = parser.parse_args()
    with framed():
        follow = recording(options.follow) if options.follow else None
        parts = Parts(services=programs, migration=None, follow=follow)
        run(Options(options.data, options.ready_file, options.port_base), parts)


if __name__ == "__main__":
    main()
