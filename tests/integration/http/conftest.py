"""A small service on the kit's server."""

from collections.abc import AsyncIterator

import pytest

from tests.support.http_service import Service, running


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    """A small service with short times, shared by the tests of a module."""
    knobs = {"http_head_timeout_s": "1.5", "http_silent_s": "3", "http_stalled_s": "2", "http_idle_s": "4"}
    async with running(tmp_path_factory.mktemp("http"), knobs) as started:
        yield started
