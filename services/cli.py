"""
`kinerja`: one subcommand per process and tool.

Each subcommand imports its service only when it is called, so that `--help` is quick and one extra is enough to run one
service.
"""

from datetime import datetime
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from services.kit.process import framed

app = typer.Typer(
    name="kinerja",
    help="Performance management for Indonesian civil servants, from events.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
scoring = typer.Typer(help="Fold the events and serve the figures.", no_args_is_help=True)
demo = typer.Typer(help="Data that looks like life.", no_args_is_help=True)
local = typer.Typer(help="The embedded servers.", no_args_is_help=True)
policy = typer.Typer(help="The rules of the evaluation.", no_args_is_help=True)
receipt = typer.Typer(help="Signed receipts of scorecards.", no_args_is_help=True)
ledger = typer.Typer(help="Prove that the journal holds what was recorded.", no_args_is_help=True)


class Origin(StrEnum):
    """What a rebuild computes from."""

    journal = "journal"
    topics = "topics"
    previous = "previous"


app.add_typer(scoring, name="scoring")
app.add_typer(demo, name="demo")
app.add_typer(local, name="local")
app.add_typer(ledger, name="ledger")
app.add_typer(policy, name="policy")
app.add_typer(receipt, name="receipt")
WithoutLog = Annotated[bool, typer.Option("--without-log", help="Do not compare with Kafka, though it is set.")]
Fingerprint = Annotated[str | None, typer.Option(help="Of the key that must have signed; by default of your own.")]


@app.command()
def up(
    data: Annotated[Path | None, typer.Option(help="Folder of all data; by default one per user.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Write addresses, tokens and pids here, as JSON.")] = None,
    port_base: Annotated[int | None, typer.Option(help="Use this port and those after it, not free ones.")] = None,
    with_demo: Annotated[bool, typer.Option("--demo", help="Load demo data, then let today's events trickle.")] = False,
    ahead: Annotated[int, typer.Option(min=0, max=100_000, help="Days by which events may lie ahead.")] = 1,
) -> None:
    """Run everything on this machine until Ctrl-C: PostgreSQL, Kafka and all services."""
    from services.local import up as instance
    from services.local.programs import services

    async def follow(addresses: object) -> None:
        await import_module("services.local.demo").run(addresses)

    parts = instance.Parts(partial(services, ahead_days=ahead), follow=follow if with_demo else None)
    instance.run(instance.Options(data, ready_file, port_base), parts)


@app.command()
def migrate(
    before: Annotated[bool, typer.Option("--before", help="Only what processes of the last version bear.")] = False,
) -> None:
    """Create or update roles, schemas, tables and topics."""
    from services.kit.migrations import Stage

    import_module("services.setup.migrate").run(Stage.BEFORE if before else Stage.ALL)


@app.command()
def ingest() -> None:
    """Take events in."""
    import_module("services.ingest.main").run()


@scoring.command("api")
def scoring_api() -> None:
    """Serve the figures."""
    import_module("services.scoring.main").run_api()


@scoring.command("worker")
def scoring_worker() -> None:
    """Fold the log into the figures."""
    import_module("services.scoring.main").run_worker()


@app.command()
def closer() -> None:
    """Close each day after it has ended."""
    import_module("services.scoring.closer").run()


@app.command()
def notifications() -> None:
    """Notice drops and tell whoever can act."""
    import_module("services.notifications.main").run()


@app.command()
def rebuild(
    origin: Annotated[Origin, typer.Option("--from", help="What to compute from.")] = Origin.journal,
    replace: Annotated[bool, typer.Option("--replace", help="Use the new version even if it differs.")] = False,
) -> None:
    """
    Compute all figures anew beside the live ones, compare, and switch when they are equal.

    Sources and readers go on meanwhile. `--from previous` takes up the version that the last switch replaced. Ends with
    1 when it did not switch.
    """
    raise typer.Exit(import_module("services.scoring.versions.command").rebuild(origin.value, replace=replace))


@app.command()
def verify(
    everything: Annotated[bool, typer.Option("--all", help="Fold everything anew, not only a sample.")] = False,
    people: Annotated[int, typer.Option(min=0, help="How many people to fold anew.")] = 200,
    units: Annotated[int, typer.Option(min=0, help="How many units to fold anew.")] = 20,
) -> None:
    """Check that the figures are what the journal says. Ends with 1 when one is not."""
    tools = import_module("services.scoring.versions.command")
    raise typer.Exit(tools.verify_all() if everything else tools.verify(people, units))


@app.command()
def refold() -> None:
    """
    Count what could not be read when it came and can be now, after a repair or with a newer version.

    Safe to run again, and beside everything else. Says what still does not count.
    """
    import_module("services.scoring.versions.command").refold()
    import_module("services.notifications.command").refold()


@demo.command("generate")
def demo_generate(
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; by default today.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Other people and other luck.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write here; by default to standard output.")] = None,
) -> None:
    """Write thirteen months of demo events, one a line, as their sources send them."""
    from services.local.demo.command import write_events

    count = write_events(today.date() if today else None, seed, out)
    if out:
        print(f"{count} events in {out}")


@local.command("fetch")
def local_fetch() -> None:
    """Fetch and verify the jars of the broker, so that a later start needs no network."""
    from services.local.console import say
    from services.local.folders import cache_folder
    from services.local.jars import fetch, read_lock

    fetch(read_lock(), cache_folder(), say)


@ledger.command("verify")
def ledger_verify(
    seal: Annotated[Path | None, typer.Option(help="Check against this seal too.")] = None,
    fingerprint: Fingerprint = None,
    without_log: WithoutLog = False,
) -> None:
    """Examine every record of the journal, beside Kafka's when KINERJA_KAFKA is set. Ends with 1 if one is wrong."""
    raise typer.Exit(_ledger().verify(seal, fingerprint, without_log=without_log))


@ledger.command("check")
def ledger_check(file: Path, fingerprint: Fingerprint = None, without_log: WithoutLog = False) -> None:
    """Prove that the journal still holds exactly what was sealed in FILE."""
    raise typer.Exit(_ledger().verify(file, fingerprint, without_log=without_log))


@ledger.command("seal")
def ledger_seal(file: Path, without_log: WithoutLog = False) -> None:
    """Examine the journal and write a signed statement of what it holds to FILE, to be kept elsewhere."""
    raise typer.Exit(_ledger().make_seal(file, without_log=without_log))


@ledger.command("key")
def ledger_key(file: Path) -> None:
    """Make a key for seals in FILE."""
    raise typer.Exit(_ledger().make_key(file))


@receipt.command("verify")
def receipt_verify(
    file: Path,
    keys: Annotated[Path | None, typer.Option(help="What GET /v1/keys answered.")] = None,
    folder: Annotated[Path | None, typer.Option(envvar="KINERJA_SIGNING_KEYS", help="The keys themselves.")] = None,
) -> None:
    """Work a receipt out again, offline. Ends with 0 if all agrees, 1 if not, 2: signature or key, 3: no receipt."""
    raise typer.Exit(import_module("services.scoring.receipts.command").verify_file(file, keys, folder))


@receipt.command("form")
def receipt_form(
    file: Path,
    out: Annotated[Path, typer.Option(help="Where the PDF goes.")],
    names: Annotated[Path | None, typer.Option(help="What GET /v1/people answered.")] = None,
) -> None:
    """Write the regulation's form (C.1, D.1.1 to D.1.3) of a person's receipt as PDF, in Indonesian."""
    raise typer.Exit(import_module("services.scoring.receipts.command").write_form(file, names, out))


@policy.command("validate")
def policy_validate(file: Path) -> None:
    """Say whether FILE, YAML or JSON, could be proposed as a policy; each mistake with its line. Ends with 1 if not."""
    raise typer.Exit(import_module("services.scoring.policies.command").validate(file))


@policy.command("json")
def policy_json(file: Path) -> None:
    """Print FILE, YAML or JSON, as the JSON in which a policy is proposed; mistakes as with validate."""
    raise typer.Exit(import_module("services.scoring.policies.command").as_json(file))


def _ledger() -> Any:
    return import_module("services.scoring.ledger.command")


def main() -> None:
    """Entry point: a failure is said in a sentence, without a stack trace."""
    with framed():
        app()


if __name__ == "__main__":
    main()
