"""
The one user of an instance's broker: how the broker is told of it, and how its clients prove to be it.

Clients prove by SCRAM that they know the password, which then never goes over the wire. The quorum's listener cannot:
it would have to read the users from a log that it has not opened yet; there the password itself is sent, over loopback.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from services.kit.kafka_address import with_user
from services.local.addresses import write_private

NAME = "kinerja"
KNOWN = "user.known"
"""In the broker's folder: its log has the user. A folder of an earlier version does not, until `make_known` ran."""
COMMAND = "kafka.admin.ConfigCommand"
_LOGIN = "org.apache.kafka.common.security"
_SCRAM = f'{_LOGIN}.scram.ScramLoginModule required username="{{name}}" password="{{password}}";'
_PLAIN = f'{_LOGIN}.plain.PlainLoginModule required username="{{name}}" password="{{password}}"{{users}};'
_BROKER = """\
listener.security.protocol.map=BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain}
listener.name.broker.sasl.enabled.mechanisms={mechanisms}
listener.name.broker.scram-sha-512.sasl.jaas.config={scram}
listener.name.broker.plain.sasl.jaas.config={plain}
"""
_CLIENT = """\
security.protocol=SASL_PLAINTEXT
sasl.mechanism=PLAIN
sasl.jaas.config={plain}
"""


def properties(folder: Path, password: str) -> str:
    """
    Return the broker's settings that let in nobody but the user; *password* is of URL-safe letters.

    Until the log has the user, the broker also takes the password itself: or nobody could enter it there.
    """
    mechanisms = "SCRAM-SHA-512" if (folder / KNOWN).exists() else "SCRAM-SHA-512,PLAIN"
    plain = _PLAIN.format(name=NAME, password=password, users=f' user_{NAME}="{password}"')
    return _BROKER.format(plain=plain, mechanisms=mechanisms, scram=_SCRAM.format(name=NAME, password=password))


def address(servers: str, password: str) -> str:
    """The address by which the user reaches *servers*."""
    return with_user(servers, NAME, password)


def format_arguments(password: str) -> list[str]:
    """Arguments that put the user into a log that is being made; not for a command line, which everybody may read."""
    return ["--add-scram", f"SCRAM-SHA-512=[name={NAME},password={password}]"]


async def make_known(run: tuple[str, ...], folder: Path, env: Mapping[str, str], servers: str, password: str) -> bool:
    """
    Put the user into the log of a running broker that was made without one, about 2 s; idempotent.

    *run* starts a class of the broker's jars. Return whether the broker took it.
    """
    login, wanted = folder / "login.properties", folder / "user.properties"
    write_private(login, _CLIENT.format(plain=_PLAIN.format(name=NAME, password=password, users="")))
    write_private(wanted, f"SCRAM-SHA-512=password={password}\n")
    change = ("--alter", "--entity-type", "users", "--entity-name", NAME, "--add-config-file", wanted.name)
    argv = (*run, COMMAND, "--bootstrap-server", servers, "--command-config", login.name, *change)
    try:
        status = await _status(argv, folder, env)
    finally:
        login.unlink()
        wanted.unlink()
    if status == 0:
        (folder / KNOWN).touch(mode=0o600)
    return status == 0


async def _status(argv: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> int:
    """Run a command that needs no answer, to its end or ours."""
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*argv, cwd=folder, env=env, stdout=quiet, stderr=quiet)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
