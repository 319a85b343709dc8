"""Every service's application: problems for errors, no redirects, one way to be documented."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI

from services.kit.access_format import InForce
from services.kit.problems import announce_bearer, install_problems

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def application(title: str, lifespan: Lifespan, access: InForce | None = None) -> FastAPI:
    """
    Return an application without routes; one without *access* serves only health and metrics and has no document.

    A path with a slash too many is not found: a redirect would name an address that only we know, and drop the token.
    """
    document = "/openapi.json" if access else None
    app = FastAPI(
        title=title,
        version="1",
        lifespan=lifespan,
        openapi_url=document,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    install_problems(app)
    if access is not None:
        app.state.access = access
        announce_bearer(app)
    return app
