"""Which addresses Telegram takes for a link, and how it writes them. The same rules for text and for buttons."""

from __future__ import annotations

import ipaddress
import re

_ALLOWED = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=\u0080-\U0010ffff]|%[0-9a-fA-F]{2})*")
_ALLOWED_USER = re.compile(r"(?:[A-Za-z0-9.\-_!$,~*'();&+=:\u0080-\U0010ffff]|%[0-9a-fA-F]{2})*")
_SCHEME = re.compile(r"([^:/?#@\[\]]*)://")
_SPACES = " \t\r\n\0\v"


def lower(text: str) -> str:
    """Lower case as Telegram's parser means it: ASCII letters only."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def check(url: str) -> str:
    """The address as Telegram keeps it. Raises ValueError with Telegram's sentence."""
    for scheme in ("tg", "ton"):
        if lower(url).startswith(f"{scheme}:"):
            return _check_own(scheme, url[len(scheme) + 1 :].removeprefix("//"))
    address = split(url)
    if "." not in address.host and not address.ipv6:
        raise ValueError("Wrong HTTP URL")
    return str(address)


def user_id(url: str) -> int | None:
    """Whom a tg://user?id=… link means, None where it is no such link."""
    match = re.fullmatch(r"tg:(?://)?user/?\?([^#]*)(?:#.*)?", lower(url), re.S)
    if not match:
        return None
    for parameter in match[1].split("&"):
        key, _, value = parameter.partition("=")
        if key == "id":
            return int(value) if re.fullmatch(r"[0-9]{1,15}", value) and int(value) else None
    return None


class Address:
    """An http address taken apart; `str` writes it as Telegram does."""

    def __init__(self, protocol: str, user: str, host: str, port: int, path: str) -> None:
        self.protocol = protocol
        self.user = user
        self.host = host
        self.port = port
        self.path = path
        self.ipv6 = host.startswith("[") and host.endswith("]")

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        user = f"{self.user}@" if self.user else ""
        return f"{self.protocol}://{user}{self.host}{port}{self.path}"


def split(url: str) -> Address:
    """Take an address apart; its host need not have a dot. Raises ValueError with Telegram's sentence."""
    scheme = _SCHEME.match(url)
    protocol = lower(scheme[1]) if scheme else "http"
    if protocol not in ("http", "https"):
        raise ValueError("Unsupported URL protocol")
    rest = url[scheme.end() :] if scheme else url
    end = min((i for i in (rest.find(c) for c in "/?#") if i >= 0), default=len(rest))
    authority, path = rest[:end], rest[end:]
    port = 0
    colon = re.fullmatch(r"(.+):([^:\]@]*)", authority, re.S)
    if colon:
        authority = colon[1]
        port = int(colon[2]) if re.fullmatch(r"[0-9]{1,9}", colon[2]) else -1
        if not 0 < port <= 65535:
            raise ValueError("Wrong port number specified in the URL")
    user, at, host = authority.rpartition("@")
    parts = Address(protocol, user if at else "", lower(host), port, _path(path))
    _check_host(parts)
    return parts


def _path(path: str) -> str:
    path = path.rstrip(_SPACES) or "/"
    path = path if path.startswith("/") else "/" + path
    return "".join(f"%{ord(c):02X}" if c <= " " else c for c in path)


def _check_host(parts: Address) -> None:
    if not parts.host:
        raise ValueError("URL host is empty")
    if parts.host == ".":
        raise ValueError("Host is invalid")
    if parts.ipv6:
        try:
            ipaddress.IPv6Address(parts.host[1:-1])
        except ValueError:
            raise ValueError("Wrong IPv6 address specified in the URL") from None
        return
    for name, part, allowed in (("host", parts.host, _ALLOWED), ("userinfo", parts.user, _ALLOWED_USER)):
        match = allowed.match(part)
        rest = part[match.end() if match else 0 :]
        if rest.startswith("%"):
            raise ValueError(f"Wrong percent-encoded symbol in URL {name}")
        if rest:
            raise ValueError(f"Disallowed character in URL {name}")


def _check_own(scheme: str, link: str) -> str:
    """tg: and ton: links: a bare name where http has its host."""
    parts = split(link)
    plain = not (parts.user or parts.port or parts.ipv6 or parts.protocol == "https")
    if not plain or lower(link).startswith("http://"):
        raise ValueError(f"Wrong {scheme} URL")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", parts.host):
        raise ValueError("Unallowed characters in URL host")
    path = parts.path[1:] if parts.path.startswith("/?") else parts.path
    return f"{scheme}://{parts.host}{path}"
