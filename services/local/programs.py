"""The table of processes that make up an instance: how each is started and how it says that it is ready."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.kit.errors import UserError
from services.local.child import Command
from services.local.credentials import Credentials, signing_keys
from services.local.environment import KNOBS, MAIL, for_processes
from services.local.health import answers_ready
from services.local.ports import LOOPBACK, answers
from services.local.supervisor import Program

SERVERS_STAGE, MAIL_STAGE, SERVICES_STAGE = range(3)
SESSION_TIMEOUT_MS = 6000
"""A worker that was killed is missed after this time rather than after 30 s, as in production."""
SERVICE_GRACE_S = 8.0
SERVICE_DRAIN_S = 5.0
"""Less than the grace, so that a service has finished before it would be killed."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the processes of one instance are told: where everything is, and the secrets each needs."""

    folder: Path
    ports: Mapping[str, int]
    credentials: Credentials
    kafka: str
    dsns: Mapping[str, str]
    """DSN of each service's own role, by service."""
    knobs: Mapping[str, str] = field(default_factory=dict)
    """The owner's own settings, which say nothing that the instance decides."""

    def url(self, service: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[service]}"

    def log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def sealed_key(self) -> Path:
        return self.folder / "sealed.key"

    @property
    def access_file(self) -> Path:
        return self.folder / "access.json"


def services(around: Surroundings, *, ahead_days: int = 1) -> tuple[Program, ...]:
    """
    The mailbox and the services, to be started once Kafka and PostgreSQL serve and are migrated.

    Events are taken whose time lies up to *ahead_days* ahead.
    """
    ingest = {
        "KINERJA_INGEST_AHEAD_DAYS": str(ahead_days),
        "KINERJA_INGEST_MEMBER": "ingest-0",
        "KINERJA_INGEST_SEALED_KEY_FILE": str(around.sealed_key),
    }
    mail = {f"{MAIL}HOST": LOOPBACK, f"{MAIL}PORT": str(around.ports["smtp"])}
    relay = {} if f"{MAIL}HOST" in around.knobs else mail
    signing = {"KINERJA_SIGNING_KEYS": str(signing_keys(around.folder))}
    tokens = around.credentials.tokens
    made = (
        _mailbox(around, mail | {"KINERJA_MAIL_FOLDER": str(around.mail)}),
        _service(around, "ingest", ("ingest",), "ingest", _own(around, "ingest") | ingest),
        _service(around, "scoring", ("scoring", "api"), "scoring", _own(around, "scoring") | signing),
        _service(around, "scoring_worker", ("scoring", "worker"), "worker", _own(around, "scoring", "worker")),
        _service(
            around,
            "notifications",
            ("notifications",),
            "notifications",
            _own(around, "notifications") | relay | {"KINERJA_NOTIFICATIONS_TOKEN": tokens["notifications"]},
        ),
        _service(
            around,
            "closer",
            ("closer",),
            "closer",
            _own(around, "scoring", "closer") | {"KINERJA_CLOSER_TOKEN": tokens["closer"]},
        ),
    )
    _refuse_decided(around.knobs, made)
    return made


def _refuse_decided(knobs: Mapping[str, str], programs: tuple[Program, ...]) -> None:
    """Raise a UserError when a knob would only seem to count, because the instance decides that."""
    decided = {name for program in programs for name, value in program.command.env.items() if knobs.get(name) != value}
    if wrong := sorted(name for name in decided & knobs.keys() if not name.startswith(MAIL)):
        raise UserError(f"{KNOBS} has {', '.join(wrong)}, which an instance decides itself: take that out.")


def migration(around: Surroundings, admin_dsn: str) -> Command:
    """The one-shot process that creates roles, schemas, tables and topics; alone in knowing the superuser."""
    dsns = {f"KINERJA_{service.upper()}_DSN": dsn for service, dsn in around.dsns.items()}
    secrets = dsns | {"KINERJA_ADMIN_DSN": admin_dsn}
    return Command("migrate", _kinerja("migrate"), around.log("migrate"), _environment(around) | secrets)


def for_tools(around: Surroundings) -> str:
    """Settings of the tools for figures, ledger and records set aside, as lines NAME=value."""
    dsns = "".join(f"KINERJA_{name.upper()}_DSN={around.dsns[name]}\n" for name in ("scoring", "notifications"))
    return f"{dsns}KINERJA_KAFKA={around.kafka}\n"


def _own(around: Surroundings, service: str, process: str | None = None) -> dict[str, str]:
    """What a process of *service* is told for itself: its role on the database, and where to listen."""
    prefix = f"KINERJA_{(process or service).upper()}"
    return {
        f"KINERJA_{service.upper()}_DSN": around.dsns[service],
        f"{prefix}_HOST": LOOPBACK,
        f"{prefix}_PORT": str(around.ports[process or service]),
    }


def _service(
    around: Surroundings, name: str, subcommand: tuple[str, ...], port_name: str, own: dict[str, str]
) -> Program:
    command = Command(
        name,
        _kinerja(*subcommand),
        around.log(name),
        _environment(around) | own,
        around.folder,
        grace_s=SERVICE_GRACE_S,
    )
    return Program(command, lambda: answers_ready(around.ports[port_name]), SERVICES_STAGE)


def _mailbox(around: Surroundings, settings: dict[str, str]) -> Program:
    environment = _environment(around) | settings
    argv = (sys.executable, "-P", "-m", "services.local.mailbox")
    command = Command("mailbox", argv, around.log("mailbox"), environment, around.folder, grace_s=2.0)
    return Program(command, lambda: answers(around.ports["smtp"]), MAIL_STAGE)


def _kinerja(*subcommand: str) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "services.cli", *subcommand)


def _environment(around: Surroundings) -> dict[str, str]:
    """What all processes are told, nothing of it by the caller's environment."""
    return {
        **for_processes(around.folder),
        **around.knobs,
        "KINERJA_KAFKA": around.kafka,
        "KINERJA_TOKENS_FILE": str(around.access_file),
        "KINERJA_SESSION_TIMEOUT_MS": str(SESSION_TIMEOUT_MS),
        "KINERJA_DRAIN_S": str(SERVICE_DRAIN_S),
        "KINERJA_INGEST_URL": around.url("ingest"),
        "KINERJA_SCORING_URL": around.url("scoring"),
        "KINERJA_NOTIFICATIONS_URL": around.url("notifications"),
    }
