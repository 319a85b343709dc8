"""One running instance for all end-to-end tests."""

from collections.abc import AsyncIterator

import pytest

from tests.support.instance import Instance, running


@pytest.fixture(scope="session")
async def instance(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    """`kinerja up` in a folder of its own."""
    async with running(tmp_path_factory.mktemp("instance")) as started:
        yield started
