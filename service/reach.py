"""Where webhooks may reach: public addresses, and the networks that the settings name."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

from matcher.errors import InputError
from matcher.settings import Mode, Settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[str]]
"""Every address that a host name stands for; OSError when nobody knows it."""

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
MOST_TRIED = 2
"""Addresses of one host that are tried in turn, so that a name with many of them holds nobody up."""
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_LAST_PORT = 65_535
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001::/23", "2002::/16", "3fff::/20")
)
"""What `ipaddress` of some Python takes for public: protocols of their own (IANA's special-purpose
registries), and the address at which Azure answers the machines inside."""
_INSIDE = (
    "leads inside a network, not to a public address; name it in MAILLON_WEBHOOK_NETWORKS if that is meant"
)


def addresses_of(host: str, port: int) -> list[str]:
    """Every address that this machine's resolver gives for a host, once each, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: Address) -> bool:
    """Whether anybody on the internet reaches the same machine at this address."""
    address = _meant(address)
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if address.is_multicast or address.is_reserved or any(address in network for network in _NOT_PUBLIC):
        return False
    return address.is_global


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, or through a NAT64 gateway), else itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


@dataclass(frozen=True, slots=True)
class Reach:
    """Public addresses and these networks; `resolve` says what a name stands for."""

    networks: tuple[Network, ...] = ()
    resolve: Resolve = addresses_of

    def admits(self, address: Address) -> bool:
        """Whether something may be sent to this address."""
        return is_public(address) or any(_meant(address) in network for network in self.networks)

    def addresses(self, url: httpx.URL) -> list[Address]:
        """All that the host of a URL stands for now.

        InputError when it cannot be a host, or when one of its addresses is not admitted; OSError when nobody
        knows the name.
        """
        host, port = _host_of(url), _port_of(url)
        try:
            found = [ip_address(one) for one in self.resolve(host, port)]
        except ValueError as error:  # a label that is empty or too long
            raise InputError("url", str(url), "not an address") from error
        if not all(map(self.admits, found)):
            raise InputError("url", str(url), _INSIDE)
        return found


def make_reach(settings: Settings) -> Reach:
    """What the settings let webhooks reach; InputError for a network that is none.

    When they say nothing: this machine too in development, public addresses alone in production.
    """
    if settings.webhook_networks is None:
        return Reach(LOOPBACK if settings.mode is Mode.DEVELOPMENT else ())
    try:
        return Reach(tuple(map(ip_network, settings.webhook_networks.replace(",", " ").split())))
    except ValueError as error:
        raise InputError(
            "MAILLON_WEBHOOK_NETWORKS",
            settings.webhook_networks,
            f"{error}; write networks such as `10.20.0.0/16 fd00:12::/32`",
        ) from error


def check_url(text: str, reach: Reach, mode: Mode) -> None:
    """Refuse what is no web address, what leads inside, and anything but https.

    Plain http is for this machine in development, for a first try. A name that nobody knows yet may be one
    soon: every delivery looks it up and checks it again.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise InputError("url", text, "not an address") from error
    first_try = mode is Mode.DEVELOPMENT and url.host in LOOPBACK_HOSTS and url.scheme == "http"
    if not url.host or (url.scheme != "https" and not first_try):
        raise InputError("url", text, "expected an https:// address")
    try:
        reach.addresses(url)
    except OSError:
        return


def _host_of(url: httpx.URL) -> str:
    host = url.raw_host.decode("ascii")
    if not _HOST.fullmatch(host):
        raise InputError("url", str(url), "not an address")
    return host


def _port_of(url: httpx.URL) -> int:
    port = url.port or (443 if url.scheme == "https" else 80)
    if port > _LAST_PORT:
        raise InputError("url", str(url), "not an address")
    return port


class ReachTransport(httpx.BaseTransport):
    """Sends to the very address that was checked: a name that changes between the two leads nowhere else.

    The host's name stays in the Host header, and is what TLS asks for and checks the certificate against.
    InputError when the host leads where nothing may be sent.
    """

    def __init__(self, reach: Reach, inner: httpx.BaseTransport | None = None) -> None:
        self._reach = reach
        # A connection is kept under its address, not under the name that its certificate was checked for,
        # and two names may share an address: so none is used twice.
        self._inner = inner or httpx.HTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the first address that answers; see the class for what is refused."""
        try:
            addresses = self._reach.addresses(request.url)
        except OSError as error:
            raise httpx.ConnectError(f"nobody knows the host: {error}", request=request) from error
        failed: httpx.TransportError = httpx.ConnectError("the host has no address", request=request)
        for address in addresses[:MOST_TRIED]:
            try:
                return self._inner.handle_request(_sent_to(address, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed

    def close(self) -> None:
        """Let go of connections."""
        self._inner.close()


def _sent_to(address: Address, request: httpx.Request) -> httpx.Request:
    name = {"sni_hostname": request.url.raw_host.decode("ascii")}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions | name,
    )
