"""Door: HTTP GET for feeds and pictures, for a client that trusts nobody.

Every address is checked where it is dialled, on every hop: whatever a name resolves to at that moment, no private
network is reached. Redirects, time, size and decompression are bounded. Whatever the outside does is a value.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Literal, Self

import aiohttp
from yarl import URL

from . import __version__
from .urls import absolute, requote

DECODED_LIMIT = 5 << 20  # bytes
WIRE_LIMIT = 2 << 20  # bytes, compressed
MAX_HOPS = 5
RETRY_AFTER_LIMIT = 31 * 86400.0  # seconds

Kind = Literal["address", "unreachable", "timeout", "redirect", "status", "size", "garbled"]

_REDIRECTS = (301, 302, 303, 307, 308)
_SECRET = re.compile(
    r"(?P<name>[?&;](?=[^=&#?;]*?(?:token|key|secret|pass|auth|sig|session|code))[^=&#?;]*+=)[^&#]++",
    re.IGNORECASE,
)
_SHOWN = 2000  # characters of an address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_COMPATIBLE = ipaddress.ip_network("::/96")


@dataclass(frozen=True, slots=True)
class Page:
    """A full answer. Validators are opaque: to be sent back byte for byte."""

    url: str  # where it came from in the end
    body: bytes
    content_type: str = ""
    etag: str | None = None
    last_modified: str | None = None
    permanent: str | None = None  # the new address, where every redirect on the way was a permanent one
    max_age: float = 0.0  # seconds for which the server says it stays fresh


@dataclass(frozen=True, slots=True)
class NotModified:
    """304: what was answered before still holds. A validator that did not come along is None, and is to be kept."""

    etag: str | None = None
    last_modified: str | None = None
    max_age: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """No answer worth having. `reason` is a line for people and holds no secrets."""

    reason: str
    kind: Kind
    retry_after: float | None = None  # seconds for which the server asks not to be asked again
    gone: bool = False  # 410: it will never be there again


Answer = Page | NotModified | Failure


class Web:
    """A pool of connections, for as long as its `async with` block lasts.

    `contact` is named in the User-Agent, for webmasters. `allow_hosts` are exempt from the address guard: a host, or
    host:port, exactly as in the address. `total`, `connect` and `read` (the longest silence) are in seconds.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        allow_hosts: Collection[str] = (),
        total: float = 30.0,
        connect: float = 10.0,
        read: float = 15.0,
    ) -> None:
        self._agent = f"Kuaixun/{__version__}" + (f" (+{contact})" if contact else "")
        self._allowed = frozenset(host.lower() for host in allow_hosts)
        self._total = total
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect, sock_read=read)

    async def __aenter__(self) -> Self:
        self._guarded = self._session(aiohttp.TCPConnector(limit=0, socket_factory=_guarded_socket))
        self._open = self._session(aiohttp.TCPConnector(limit=0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._guarded.close()
        await self._open.close()

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # a proxy from the environment would connect where the guard cannot see
            auto_decompress=False,
            timeout=self._timeout,
            headers={"User-Agent": self._agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
        )

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        limit: int = DECODED_LIMIT,
    ) -> Answer:
        """GET an address, through at most five redirects. `limit` is the most bytes that the body may have.

        Never raises for anything that the other side does.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        given = {name: value for name, value in headers.items() if value}
        try:
            async with asyncio.timeout(self._total):
                return await self._follow(requote(url), given, limit)
        except TimeoutError:
            return Failure(f"there was no complete answer within {self._total:g} seconds", "timeout")
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            return _failure(error)

    async def _follow(self, url: str, headers: Mapping[str, str], limit: int) -> Answer:
        permanent = True
        for hop in range(MAX_HOPS + 1):
            target = URL(url, encoded=True)
            if target.scheme not in ("http", "https") or not target.host:
                return Failure("only http and https addresses are fetched", "address")
            async with self._for(target).get(target, headers=headers, allow_redirects=False) as response:
                if response.status not in _REDIRECTS:
                    return await _read(response, url, url if hop and permanent else None, limit)
                permanent = permanent and response.status in (301, 308)
                location = absolute(url, response.headers.get("Location", ""))
            if location is None:
                return Failure("it redirects to no address that can be fetched", "redirect")
            if url.startswith("https:") and not location.lower().startswith("https:"):
                return Failure("it redirects from https to http", "redirect")
            url = location
        return Failure(f"it redirects more than {MAX_HOPS} times", "redirect")

    def _for(self, url: URL) -> aiohttp.ClientSession:
        host = (url.host_subcomponent or "").lower()  # an IPv6 address in its brackets
        return self._open if self._allowed & {host, f"{host}:{url.port}"} else self._guarded


def redacted(url: str) -> str:
    """The address as it may be logged or shown: without user name, password and what look like keys."""
    url = url if len(url) <= _SHOWN else url[:_SHOWN] + "…"
    url = re.sub(r"(?<=//)[^/?#]*@", "", url)
    return _SECRET.sub(r"\g<name>…", url)


# --- the guard -------------------------------------------------------------------------------------------------


class _NotPublicError(OSError):
    """The address is not on the public internet."""

    def __str__(self) -> str:
        return (
            "not a public address"  # always the same, so that aiohttp hands it on and not a digest of several
        )


def _guarded_socket(info: tuple[int, int, int, str, tuple[object, ...]]) -> socket.socket:
    """A socket for this very address. Called right before it is dialled, so that no second lookup can differ."""
    family, kind, protocol, _, address = info
    if not is_public(str(address[0])):
        raise _NotPublicError
    return socket.socket(family, kind, protocol)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet. Whatever cannot be read as an address is not.

    IPv4 addresses are looked for inside IPv6 ones, because the standard library calls several ways to write 127.0.0.1
    global: RFC 4291 (mapped, compatible), RFC 3056 (6to4), RFC 4380 (Teredo), RFC 6052 (NAT64).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64_LOCAL:
            return False
        teredo = ip.teredo[1] if ip.teredo else None
        low = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        inner = (
            ip.ipv4_mapped or ip.sixtofour or teredo or (low if ip in _NAT64 or ip in _COMPATIBLE else None)
        )
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


# --- answers ---------------------------------------------------------------------------------------------------


class _TooLargeError(Exception):
    """The body has more bytes than were asked for."""


async def _read(response: aiohttp.ClientResponse, url: str, permanent: str | None, limit: int) -> Answer:
    etag, last_modified = _opaque(response, "ETag"), _opaque(response, "Last-Modified")
    if response.status == HTTPStatus.NOT_MODIFIED:
        return NotModified(etag, last_modified, _max_age(response))
    if not 200 <= response.status < 300:
        return Failure(
            f"the server answered {_named(response.status)}",
            "status",
            retry_after=_retry_after(response),
            gone=response.status == HTTPStatus.GONE,
        )
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        return Failure(f"the server used an encoding that was not asked for ({encoding[:20]!r})", "garbled")
    try:
        body = await _body(response, min(limit, WIRE_LIMIT) if encoding.endswith("gzip") else limit)
        if body.startswith(b"\x1f\x8b"):  # some servers compress and do not say so, others say so and do not
            body = _decompress(body, limit)
    except _TooLargeError:
        return Failure(f"it is larger than {limit / (1 << 20):g} MiB", "size")
    return Page(
        url=url,
        body=body,
        content_type=response.headers.get("Content-Type", ""),
        etag=etag,
        last_modified=last_modified,
        permanent=permanent,
        max_age=_max_age(response),
    )


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    if (response.content_length or 0) > limit:
        raise _TooLargeError
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limit:
            raise _TooLargeError
    return bytes(body)


def _decompress(data: bytes, limit: int) -> bytes:
    """At most `limit` bytes are ever unpacked, whatever the data would expand to (gzip: up to a thousandfold)."""
    body = b""
    for _ in range(100):  # members; a file may be several compressed ones in a row
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        body += member.decompress(data, limit + 1 - len(body))
        if len(body) > limit:
            raise _TooLargeError
        if not member.eof:
            raise zlib.error("cut short")
        data = member.unused_data
        if not data.startswith(b"\x1f\x8b"):
            return body
    raise _TooLargeError


def _opaque(response: aiohttp.ClientResponse, name: str) -> str | None:
    value = response.headers.get(name)
    # What is not UTF-8 could be neither stored nor sent back as it came.
    return value if value and len(value) <= 1000 and value.isprintable() else None


def _max_age(response: aiohttp.ClientResponse) -> float:
    """Seconds for which the answer stays fresh (RFC 9111, 4.2.1), 0 where the server does not say."""
    control = response.headers.get("Cache-Control", "").lower()
    if re.search(r"\bno-(?:cache|store)\b", control):
        return 0.0
    if match := re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", control):
        age = response.headers.get("Age", "").strip()
        return max(0.0, float(match[1]) - (float(age) if re.fullmatch(r"\d{1,9}", age) else 0.0))
    expires = _http_date(response, "Expires")
    return max(0.0, (expires - _server_time(response)).total_seconds()) if expires else 0.0


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds to wait, from either form of the field (RFC 9110, 10.2.3); a date is by the server's own clock."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,12}", value):
        return min(float(value), RETRY_AFTER_LIMIT)
    until = _http_date(response, "Retry-After")
    if until is None:
        return None
    return min(max(0.0, (until - _server_time(response)).total_seconds()), RETRY_AFTER_LIMIT)


def _server_time(response: aiohttp.ClientResponse) -> datetime:
    return _http_date(response, "Date") or datetime.now(UTC)


def _http_date(response: aiohttp.ClientResponse, name: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(response.headers.get(name, ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _failure(error: Exception) -> Failure:
    """The error in our own words: aiohttp's quote the address."""
    cause = getattr(error, "os_error", None)
    if isinstance(cause, _NotPublicError):
        return Failure("it is on a private network", "address")
    if isinstance(error, aiohttp.InvalidURL):
        return Failure("this is not an address that can be fetched", "address")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failure("the host name does not resolve", "unreachable")
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        return Failure("no secure connection can be made, the certificate may be invalid", "unreachable")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Failure("no connection can be made", "unreachable")
    if isinstance(error, aiohttp.ServerConnectionError | aiohttp.ClientOSError):
        return Failure("the connection broke off", "unreachable")
    if isinstance(error, aiohttp.ClientPayloadError | zlib.error):
        return Failure("the answer was cut short or garbled", "garbled")
    return Failure("the server does not speak proper HTTP", "garbled")
