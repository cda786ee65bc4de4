"""Whose address it is: one opinion for every throttle and for the list of a user's sessions."""

from __future__ import annotations

import ipaddress
from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest

UNKNOWN = "0.0.0.0"  # noqa: S104  # a server behind a socket whose proxy says nothing
IPV6_PREFIX = 64  # what one household gets: else one client has 2**64 addresses to be counted under


def client_address(request: HttpRequest) -> str:
    """The client's address as our own proxies saw it.

    `NUM_PROXIES` of them stand in front: each appends whom it heard to X-Forwarded-For, so what lies further to the
    left was written by the client and says nothing. Without a proxy the header counts for nothing at all.
    """
    forwarded = [part for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if settings.NUM_PROXIES and len(forwarded) >= settings.NUM_PROXIES:
        with suppress(ValueError):
            return _address(forwarded[-settings.NUM_PROXIES])
    with suppress(ValueError):
        return _address(request.META.get("REMOTE_ADDR", ""))
    return UNKNOWN


def network_of(address: str) -> str:
    """What is counted as one client: an IPv4 address, or the network of an IPv6 address."""
    if ":" not in address:
        return address
    return str(ipaddress.IPv6Network(f"{address}/{IPV6_PREFIX}", strict=False).network_address)


def _address(said: str) -> str:
    """Some proxies write the port too: 192.0.2.1:5000, [2001:db8::1]:5000."""
    said = said.strip()
    if said.startswith("["):
        said = said[1:].partition("]")[0]
    elif said.count(":") == 1:
        said = said.partition(":")[0]
    found = ipaddress.ip_address(said.partition("%")[0])
    return str((found.version == 6 and found.ipv4_mapped) or found)
