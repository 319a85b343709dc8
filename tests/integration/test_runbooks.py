"""What a person in trouble copies from docs/operations fits the database as it is."""

import re
from pathlib import Path

import asyncpg

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations"
_STATEMENT = re.compile(r"^ {4,}(?=SELECT|INSERT|UPDATE|DELETE|WITH)[^;]+;", re.MULTILINE)


async def test_every_statement_of_the_runbooks_can_be_run(migrated: str) -> None:
    """Tables and columns are called as the last migration left them; `<place>` holders stand for a number or a word."""
    statements = [found for path in sorted(OPERATIONS.glob("*.md")) for found in _STATEMENT.findall(path.read_text())]
    assert len(statements) >= 5
    conn = await asyncpg.connect(migrated)
    try:
        for statement in statements:
            await conn.prepare(re.sub(r"<\w+>", "1", statement))
    finally:
        await conn.close()
