"""Arrays written as text are to PostgreSQL what the driver would have sent."""

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.kit import arrays

HOSTILE = ["", " ", "NULL", "null", "{}", '"', '""', "\\", '\\"', "a,b", '","', "{a}", "é😀", "\n\t", "x" * 1_000_000]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6)


@pytest.mark.parametrize("values", [[], HOSTILE, *([value] for value in HOSTILE), ["a", "a"]])
async def test_texts_are_read_as_they_were(scoring_dsn: str, values: list[str]) -> None:
    conn = await asyncpg.connect(scoring_dsn)
    try:
        assert await conn.fetchval("SELECT $1::text::text[]", arrays.texts(values)) == values
        assert await conn.fetchval("SELECT $1::text::text[] = $2::text[]", arrays.texts(values), values)
    finally:
        await conn.close()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(st.lists(st.one_of(TEXT, st.sampled_from(HOSTILE[:-1])), max_size=5), min_size=20, max_size=20))
async def test_whatever_the_texts_are(scoring_dsn: str, values: list[list[str]]) -> None:
    conn = await asyncpg.connect(scoring_dsn)
    try:
        for each in values:
            assert await conn.fetchval("SELECT $1::text::text[]", arrays.texts(each)) == each
    finally:
        await conn.close()


@pytest.mark.parametrize("values", [[], [0], [-(2**63), -1, 0, 1, 2**63 - 1]])
async def test_numbers_are_read_as_they_were(scoring_dsn: str, values: list[int]) -> None:
    conn = await asyncpg.connect(scoring_dsn)
    try:
        assert await conn.fetchval("SELECT $1::text::bigint[]", arrays.numbers(values)) == values
    finally:
        await conn.close()


async def test_what_is_no_text_of_postgresql_is_refused_as_by_the_driver(scoring_dsn: str) -> None:
    conn = await asyncpg.connect(scoring_dsn)
    try:
        with pytest.raises(asyncpg.CharacterNotInRepertoireError):
            await conn.fetchval("SELECT $1::text::text[]", arrays.texts(["\x00"]))
        with pytest.raises(asyncpg.DataError):
            await conn.fetchval("SELECT $1::text::text[]", arrays.texts(["\ud800"]))
    finally:
        await conn.close()
