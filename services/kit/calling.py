"""How our processes call each other over HTTP."""

import httpx


def open_client(url: str, token: str, *, timeout_s: float) -> httpx.AsyncClient:
    """
    Open a client of one of our own services, which sends *token* with every request; close it when done.

    What the environment says of proxies, certificates and .netrc is for the world outside: a proxy that cannot reach
    our own network would keep every closing and every action from ingest.
    """
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=timeout_s, trust_env=False
    )
