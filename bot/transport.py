"""Door: python-telegram-bot's HTTP, on aiohttp.

Its own httpx pool becomes the bottleneck of a broadcaster (a fifth of the throughput at six times the CPU per call with
64 calls in flight), so this class takes its place, for `getUpdates` as for everything else.

Errors say whether the request may have been carried out, by their `__cause__`:

    NetworkError from OSError       it never left: refused, no such host, no TLS, no connection in time
    TimedOut     from EOFError      it left, and no answer came in time
    NetworkError from EOFError      it left, and the connection broke before the answer was complete, or what came is no
                                    answer of Telegram's, behind which it may have been carried out

A gateway's refusal, whatever its status, is none of Telegram's: nobody is gone and no token wrong because a proxy says
403 in HTML. Where it turned the request away, it counts as never having left.

An address of the Bot API contains the bot's token, and aiohttp's errors contain the address: none of them is passed
on, chained or quoted.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import math
import os
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeGuard
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram import Update
from telegram._utils.types import ODVInput
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from . import __version__

# The library warns at each RetryAfter that it will hold a timedelta one day; this asks for it today.
os.environ.setdefault("PTB_TIMEDELTA", "1")

_NEVER_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.NonHttpUrlClientError,
    ValueError,  # an address that is none
)
_LARGEST = 16 << 20  # bytes of an answer: a hundred updates with the longest texts are a quarter of that
_WAIT = 5  # seconds to wait when told to slow down, but not for how long
_IDS = range(-(1 << 52), 1 << 52)  # "at most 52 significant bits", as the Bot API says of chats and people
_log = logging.getLogger(__name__)


class AiohttpRequest(BaseRequest):
    """One pool of connections to the Bot API. All timeouts are in seconds, None waits for ever.

    A proxy named in the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY; NO_PROXY exempts) is used, except for
    loopback addresses: what runs on this machine is not reached through another one. Redirects are not followed.
    """

    __slots__ = (
        "_connect_timeout",
        "_connections",
        "_media_write_timeout",
        "_pool_timeout",
        "_proxies",
        "_read_timeout",
        "_session",
        "_write_timeout",
    )
    _longest_wait = 86_400  # seconds that Telegram may ask for

    def __init__(
        self,
        connections: int = 64,
        *,
        read_timeout: float | None = 30.0,  # Telegram may fetch a picture before it answers
        write_timeout: float | None = 10.0,
        connect_timeout: float | None = 10.0,
        pool_timeout: float | None = 10.0,
        media_write_timeout: float | None = 60.0,
    ) -> None:
        self._connections = connections
        self._read_timeout = read_timeout
        self._write_timeout = write_timeout
        self._connect_timeout = connect_timeout
        self._pool_timeout = pool_timeout
        self._media_write_timeout = media_write_timeout
        self._session: aiohttp.ClientSession | None = None
        self._proxies: dict[tuple[str, str], str | None] = {}

    @property
    def read_timeout(self) -> float | None:
        """How long an answer is waited for where a call does not say."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Open the pool. Doing it again changes nothing."""
        if self._session is None:
            self._proxies.clear()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                # Nothing is to be unpacked, and so nothing can be a bomb.
                auto_decompress=False,
                headers={"User-Agent": f"Kuaixun/{__version__}", "Accept-Encoding": "identity"},
            )

    async def shutdown(self) -> None:
        """Close the pool and what is in flight on it. Doing it again changes nothing."""
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        write_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        connect_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
        pool_timeout: ODVInput[float] = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """One call: the answer's status and body, as the library can read them. Raises as the docstring above says."""
        if self._session is None:
            raise RuntimeError("the request is not initialized")
        upload = request_data is not None and request_data.contains_files
        timeout = _timeouts(
            connect=_given(connect_timeout, self._connect_timeout),
            pool=_given(pool_timeout, self._pool_timeout),
            write=_given(write_timeout, self._media_write_timeout if upload else self._write_timeout),
            read=_given(read_timeout, self._read_timeout),
        )
        try:
            async with self._session.request(
                method,
                url,
                data=_form(request_data),
                timeout=timeout,
                proxy=self._proxy(url),
                allow_redirects=False,
            ) as response:
                body = await _read(response)
                if body is None:
                    return _foreign(response.status)
                return _judged(response.status, body, self._longest_wait)
        except _NEVER_LEFT as error:
            failure = _never_left(error)
        except (aiohttp.ClientError, OSError) as error:
            failure = _answer_lost(error)
        # Outside of the except clause, where Python would chain what is not to be shown.
        raise failure

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """The answer as a dict, which it is when it comes from `do_request`."""
        return json.loads(payload)

    def _proxy(self, url: str) -> str | None:
        parts = urlsplit(url)
        key = (parts.scheme, parts.hostname or "")
        if key not in self._proxies:
            self._proxies[key] = _proxy_for(*key)
        return self._proxies[key]


class UpdatesRequest(AiohttpRequest):
    """The pool for getUpdates. An update that the library cannot read would stop all that come behind it: it is taken
    for one that says nothing. So would a token that is refused once, and a pause of years. `asked` is when Telegram was
    last asked, None where it never was."""

    __slots__ = ("asked",)
    _longest_wait = 600  # seconds for which nobody is listened to

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked: datetime | None = None

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        """Ask, and remember when."""
        self.asked = datetime.now(UTC)
        status, body = await super().do_request(*args, **kwargs)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND):
            raise NetworkError("Telegram does not know this token any more")
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> Any:
        """The answer as a dict, with updates that can be read. Raises TelegramError where there is no sense in it."""
        answer = AiohttpRequest.parse_json_payload(payload)
        if answer.get("ok") is True:
            found = answer.get("result")
            updates = [read for one in found if (read := readable(one))] if isinstance(found, list) else []
            if not updates and found != []:
                raise TelegramError("Invalid server response")
            answer["result"] = updates
        return answer


def readable(update: object) -> dict[str, Any] | None:
    """The update as it came; with its number alone, where the library cannot read it; None where it has none."""
    number = update.get("update_id") if isinstance(update, dict) else None
    if not isinstance(update, dict) or not isinstance(number, int) or isinstance(number, bool):
        _log.error("Telegram sent an update without a number")
        return None
    try:
        read = Update.de_json(update, None)
        for one in (read.effective_chat, read.effective_user):
            if one is not None and not _is_id(one.id):
                raise ValueError("an id out of range")
    except Exception as error:
        _log.error("update %d cannot be read (%s) and is left out", number, type(error).__name__)
        return {"update_id": number}
    return update


async def _read(response: aiohttp.ClientResponse) -> bytes | None:
    """The answer's body, None where it is too large to be one."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return bytes(body)


def _judged(status: int, body: bytes, longest_wait: int) -> tuple[int, bytes]:
    """The answer, of which the library may believe every word. Raises NetworkError for what is none of Telegram's."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    said = answer.get("ok") if isinstance(answer, dict) else None
    if said is True and status < 300 and "result" in answer:
        return status, body
    if said is not False:
        return _foreign(status)
    code = answer.get("error_code")
    code = code if isinstance(code, int) and 400 <= code < 600 else status
    if code < 400:
        return _foreign(status)
    description, parameters = answer.get("description"), answer.get("parameters")
    known = _parameters(parameters, longest_wait) if isinstance(parameters, dict) else {}
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        known.setdefault("retry_after", _WAIT)
    return code, _refusal(description if isinstance(description, str) else "", known)


def _parameters(parameters: dict[str, Any], longest_wait: int) -> dict[str, int]:
    """Those of a refusal that say what to do, if that can be done."""
    known = {}
    chat, wait = parameters.get("migrate_to_chat_id"), parameters.get("retry_after")
    if _is_id(chat):
        known["migrate_to_chat_id"] = chat
    if isinstance(wait, int | float) and 0 < wait < math.inf:
        known["retry_after"] = math.ceil(min(wait, longest_wait))
    return known


def _is_id(value: object) -> TypeGuard[int]:
    return type(value) is int and value != 0 and value in _IDS


def _refusal(description: str, parameters: dict[str, int]) -> bytes:
    answer = {"ok": False, "description": description or "no reason is given", "parameters": parameters}
    return json.dumps(answer).encode()


def _foreign(status: int) -> tuple[int, bytes]:
    """What no Bot API says, a gateway's page or nonsense: raises NetworkError, but where it says to slow down."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return status, _refusal("Too Many Requests", {"retry_after": _WAIT})
    try:
        name = HTTPStatus(status).phrase
    except ValueError:
        name = "an unknown status"
    failure = NetworkError(f"{name} ({status}), which is not Telegram's answer")
    if status < 300 or status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT):
        raise failure from EOFError("behind it, the request may have been carried out")
    if status < 500:
        raise failure from OSError("it was turned away before it came to Telegram")
    raise failure


def _given(timeout: ODVInput[float], default: float | None) -> float | None:
    """A timeout that a call may leave to the pool; None is a value of its own."""
    return timeout if timeout is None or isinstance(timeout, (int, float)) else default


def _timeouts(
    *, connect: float | None, pool: float | None, write: float | None, read: float | None
) -> aiohttp.ClientTimeout:
    """aiohttp counts the wait for a free connection as connecting, and knows no limit to writing: the total is it."""
    to_connection = None if connect is None or pool is None else connect + pool
    parts = (to_connection, write, read)
    return aiohttp.ClientTimeout(
        total=None if None in parts else sum(part for part in parts if part is not None),
        connect=to_connection,
        sock_connect=connect,
        sock_read=read,
    )


def _form(request_data: RequestData | None) -> dict[str, str] | aiohttp.FormData | None:
    if request_data is None:
        return None
    if not request_data.contains_files:
        return request_data.json_parameters
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in request_data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form


def _never_left(error: Exception) -> NetworkError:
    match error:
        case aiohttp.ClientConnectorError():
            reason = f"cannot connect to {error.host}: {error.os_error}"
        case aiohttp.ConnectionTimeoutError():
            reason = "no connection in time"
        case aiohttp.ClientHttpProxyError():
            reason = f"the proxy answered {error.status}"
        case _:
            reason = type(error).__name__
    return _caused(NetworkError(f"Not sent: {reason}"), OSError(reason))


def _answer_lost(error: Exception) -> NetworkError:
    if isinstance(error, TimeoutError):
        return _caused(TimedOut(), EOFError("no answer in time"))
    reason = f"the connection broke before the answer ({type(error).__name__})"
    return _caused(NetworkError(f"Answer lost: {reason}"), EOFError(reason))


def _caused(failure: NetworkError, cause: Exception) -> NetworkError:
    failure.__cause__ = cause
    return failure


def _proxy_for(scheme: str, host: str) -> str | None:
    if _is_loopback(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all") or ""
    kind, mark, _ = proxy.partition("://")
    if mark and kind.lower() not in ("http", "https"):
        _log.warning("the environment names a %s proxy for %s: only HTTP proxies are supported", kind, host)
        return None
    return (proxy if mark else f"http://{proxy}") if proxy else None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
