from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web as http
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot import __version__
from bot.web import Answer, Failure, NotModified, Page, Web, is_public, redacted

Handler = Callable[[http.Request], Awaitable[http.StreamResponse]]
LOCAL = ("127.0.0.1",)


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = http.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    try:
        yield str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@asynccontextmanager
async def speaking(raw: bytes, *, then_wait: bool = False) -> AsyncIterator[str]:
    """A server that answers every request with these very bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(raw)
        if then_wait:
            await reader.read()  # until the client hangs up
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()


async def get(url: str, *, web: dict[str, object] | None = None, **kwargs: object) -> Answer:
    async with Web(**{"allow_hosts": LOCAL, **(web or {})}) as client:  # type: ignore[arg-type]
        return await client.get(url, **kwargs)  # type: ignore[arg-type]


async def answer_with(
    *, status: int = 200, body: bytes = b"", headers: dict[str, str] | None = None
) -> Answer:
    async def handle(request: http.Request) -> http.Response:
        return http.Response(status=status, body=body, headers=headers)

    async with serving(handle) as url:
        return await get(f"{url}/feed")


def failure(answer: Answer, kind: str) -> Failure:
    assert isinstance(answer, Failure), answer
    assert answer.kind == kind
    return answer


# Requests


async def test_a_request_says_who_asks_and_nothing_else() -> None:
    seen = []

    async def handle(request: http.Request) -> http.Response:
        seen.append(request.headers.copy())
        return http.Response(headers={"Set-Cookie": "a=b"})

    async with serving(handle) as url, Web(contact="https://t.me/some_bot", allow_hosts=LOCAL) as web:
        await web.get(url)
        await web.get(url)
    for headers in seen:
        assert headers["User-Agent"] == f"Kuaixun/{__version__} (+https://t.me/some_bot)"
        assert headers["Accept-Encoding"] == "gzip"
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}


async def test_validators_are_sent_and_received_byte_for_byte() -> None:
    seen = {}
    odd = {"ETag": 'W/"a b,é"', "Last-Modified": "yesterday,  about noon"}

    async def handle(request: http.Request) -> http.Response:
        seen.update(request.headers)
        return http.Response(headers=odd)

    async with serving(handle) as url:
        page = await get(url, etag='"x\\"y', last_modified="Sat 28.10.2023")
    assert isinstance(page, Page)
    assert (page.etag, page.last_modified) == (odd["ETag"], odd["Last-Modified"])
    assert (seen["If-None-Match"], seen["If-Modified-Since"]) == ('"x\\"y', "Sat 28.10.2023")


async def test_304_brings_the_validators_that_came_and_no_others() -> None:
    assert await answer_with(status=304, headers={"ETag": '"2"'}) == NotModified('"2"')
    assert await answer_with(status=304) == NotModified()


async def test_a_validator_that_could_not_be_stored_is_left_out() -> None:
    async with speaking(b'HTTP/1.1 200 OK\r\nETag: "\xff\xfe"\r\nContent-Length: 2\r\n\r\nok') as url:
        page = await get(url)
    assert isinstance(page, Page)
    assert page.etag is None


async def test_an_address_is_asked_for_as_it_is_written() -> None:
    paths = []

    async def handle(request: http.Request) -> http.Response:
        paths.append(request.raw_path)
        return http.Response()

    async with serving(handle) as url:
        await get(f"{url}/%E7%8E%8B%20%2Fa%25E5?q=a+b%26c#part")
        await get(f"{url}/王 毅")
    assert paths == ["/%E7%8E%8B%20%2Fa%25E5?q=a+b%26c", "/%E7%8E%8B%20%E6%AF%85"]


async def test_the_user_and_password_of_an_address_are_used_and_not_told() -> None:
    async def handle(request: http.Request) -> http.Response:
        assert request.headers["Authorization"].startswith("Basic ")
        return http.Response(status=403)

    async with serving(handle) as url:
        refused = failure(await get(url.replace("//", "//ann:pa55@")), "status")
    assert "pa55" not in refused.reason


def test_what_is_logged_of_an_address_has_no_secrets() -> None:
    assert redacted("https://ann:pa55@x.example/f?a=1&token=abc&api_key=def#x") == (
        "https://x.example/f?a=1&token=…&api_key=…#x"
    )


async def test_a_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(await answer_with(body=b"ok"), Page)


# Statuses


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 451, 500, 503, 599])
async def test_an_error_status_is_a_failure_that_names_it(status: int) -> None:
    refused = failure(await answer_with(status=status, body=b"<rss/>"), "status")
    assert str(status) in refused.reason
    assert refused.gone == (status == 410)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7200"}, 7200),
        ({"Retry-After": "Sat, 28 Oct 2023 12:00:00 GMT", "Date": "Sat, 28 Oct 2023 10:00:00 GMT"}, 7200),
        ({"Retry-After": "Sat, 28 Oct 2023 09:00:00 GMT", "Date": "Sat, 28 Oct 2023 10:00:00 GMT"}, 0),
        ({"Retry-After": "99999999999"}, 31 * 86400),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_read_in_both_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert failure(await answer_with(status=503, headers=headers), "status").retry_after == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Cache-Control": "public, max-age=600", "Age": "100"}, 500),
        ({"Cache-Control": "max-age=600, no-cache"}, 0),
        ({"Cache-Control": "max-age=-1"}, 0),
        ({"Expires": "Sat, 28 Oct 2023 11:00:00 GMT", "Date": "Sat, 28 Oct 2023 10:00:00 GMT"}, 3600),
        ({"Expires": "0"}, 0),
        ({}, 0),
    ],
)
async def test_freshness_is_read_from_what_the_server_says(headers: dict[str, str], seconds: float) -> None:
    page = await answer_with(body=b"ok", headers=headers)
    assert isinstance(page, Page)
    assert page.max_age == seconds


# Redirects


@asynccontextmanager
async def redirecting(steps: dict[str, tuple[int, str]]) -> AsyncIterator[str]:
    async def handle(request: http.Request) -> http.Response:
        if step := steps.get(request.path):
            return http.Response(status=step[0], headers={"Location": step[1].format(request.url.origin())})
        return http.Response(text="here")

    async with serving(handle) as url:
        yield url


async def test_five_redirects_are_followed_and_no_sixth() -> None:
    async with redirecting({f"/{n}": (302, f"/{n + 1}") for n in range(1, 7)}) as url:
        page = await get(f"{url}/2")
        assert isinstance(page, Page)
        assert (page.url, page.body) == (f"{url}/7", b"here")
        failure(await get(f"{url}/1"), "redirect")


async def test_a_redirect_loop_ends() -> None:
    async with redirecting({"/a": (301, "/b"), "/b": (301, "/a")}) as url:
        failure(await get(f"{url}/a"), "redirect")


@pytest.mark.parametrize(
    ("chain", "is_permanent"),
    [([301, 308], True), ([301, 302], False), ([307, 301], False), ([303], False), ([], False)],
)
async def test_an_address_is_permanent_where_every_hop_was(chain: list[int], is_permanent: bool) -> None:
    steps = {f"/{n}": (status, f"{{}}/{n + 1}") for n, status in enumerate(chain)}
    async with redirecting(steps) as url:
        page = await get(f"{url}/0")
        assert isinstance(page, Page)
        assert page.permanent == (f"{url}/{len(chain)}" if is_permanent else None)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://x.example/", "javascript:x", "", "http://", "//"]
)
async def test_a_redirect_to_anything_but_http_is_refused(target: str) -> None:
    async with redirecting({"/a": (302, target)}) as url:
        failure(await get(f"{url}/a"), "redirect")


async def test_a_redirect_into_the_private_network_is_refused() -> None:
    async with redirecting({}) as inside:
        port = inside.rpartition(":")[2]
        async with redirecting({"/a": (302, inside.replace("127.0.0.1", "localhost"))}) as url:
            failure(await get(f"{url}/a", web={"allow_hosts": [url.removeprefix("http://")]}), "address")
            assert isinstance(await get(f"{url}/a", web={"allow_hosts": [*LOCAL, f"localhost:{port}"]}), Page)


# The guard


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "2130706433",
        "0x7f.1",
        "127.1",
        "localhost",
        "",
    ],
)
def test_no_address_of_a_private_network_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "2130706433",
        "0x7f.1",
        "127.1",
        "0",
        "[::ffff:127.0.0.1]",
        "127.0.0.1.",
    ],
)
async def test_this_machine_is_reached_under_none_of_its_names(host: str) -> None:
    reached = []

    async def handle(request: http.Request) -> http.Response:
        reached.append(host)
        return http.Response()

    async with serving(handle) as url:
        answer = await get(url.replace("127.0.0.1", host), web={"allow_hosts": ()})
    assert isinstance(answer, Failure)
    assert reached == []


async def test_a_name_is_checked_by_what_it_resolves_to_when_it_is_dialled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups = []

    def resolve(host: str, port: int, *args: object, **kwargs: object) -> list[tuple[object, ...]]:
        lookups.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    async def handle(request: http.Request) -> http.Response:
        return http.Response(text="ok")

    async with serving(handle) as url:
        url = url.replace("127.0.0.1", "feeds.example")
        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        failure(await get(url), "address")
        assert lookups == ["feeds.example"]  # no second lookup, which could say something else
        assert isinstance(await get(url, web={"allow_hosts": ["feeds.example"]}), Page)


async def test_an_exemption_with_a_port_is_for_that_port() -> None:
    async def handle(request: http.Request) -> http.Response:
        return http.Response(text="ok")

    async with serving(handle) as url:
        assert isinstance(await get(url, web={"allow_hosts": [url.removeprefix("http://")]}), Page)
        failure(await get(url, web={"allow_hosts": ["127.0.0.1:1"]}), "address")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "file:///etc/passwd",
        "ftp://x.example/a",
        "http://",
        "http://[::1",
        "http://x:99999/",
        "https://" + "a" * 300,
    ],
)
async def test_what_is_no_address_is_refused(url: str) -> None:
    assert isinstance(await get(url), Failure)


# Bodies


async def test_a_compressed_body_is_unpacked_whether_the_server_says_so_or_not() -> None:
    packed = gzip.compress("正文".encode()) + gzip.compress(b"!")
    for headers in ({"Content-Encoding": "gzip"}, {"Content-Type": "application/gzip"}):
        page = await answer_with(body=packed, headers=headers)
        assert isinstance(page, Page)
        assert page.body.decode() == "正文!"
    page = await answer_with(body=b"plain", headers={"Content-Encoding": "gzip"})
    assert isinstance(page, Page)
    assert page.body == b"plain"


async def test_a_gzip_bomb_is_not_unpacked() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(32)) + packer.flush()
    assert len(bomb) < 50_000
    tracemalloc.start()
    failure(await answer_with(body=bomb, headers={"Content-Encoding": "gzip"}), "size")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20
    members = gzip.compress(b"") * 50_000
    failure(await answer_with(body=members, headers={"Content-Encoding": "gzip"}), "size")


async def test_a_body_beyond_the_limit_is_not_read() -> None:
    async def endless(request: http.Request) -> http.StreamResponse:
        response = http.StreamResponse()
        await response.prepare(request)
        for _ in range(1000):
            await response.write(bytes(100_000))
        return response

    async with serving(endless) as url:
        failure(await get(url), "size")
    failure(await answer_with(body=bytes((5 << 20) + 1)), "size")
    assert isinstance(await answer_with(body=bytes(3 << 20)), Page)


async def test_the_limit_is_the_callers_to_choose() -> None:
    async def handle(request: http.Request) -> http.Response:
        return http.Response(body=bytes(6 << 20))

    async with serving(handle) as url:
        assert isinstance(await get(url, limit=10_000_000), Page)
        failure(await get(url, limit=1000), "size")


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
async def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    failure(await answer_with(body=b"x", headers={"Content-Encoding": encoding}), "garbled")


async def test_a_compressed_body_that_is_cut_short_is_no_answer() -> None:
    packed = gzip.compress(b"some text" * 100)
    failure(await answer_with(body=packed[:-9], headers={"Content-Encoding": "gzip"}), "garbled")
    failure(
        await answer_with(body=packed[:5] + b"\xff" * 50, headers={"Content-Encoding": "gzip"}), "garbled"
    )


async def test_a_body_that_is_cut_short_is_no_answer() -> None:
    async with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as url:
        failure(await get(url), "garbled")


# Time


async def test_a_slow_drip_ends_when_the_time_is_up() -> None:
    async def drip(request: http.Request) -> http.StreamResponse:
        response = http.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b".")
            await asyncio.sleep(0.02)

    async with serving(drip) as url:
        failure(await get(url, web={"total": 0.3}), "timeout")


async def test_silence_ends_sooner() -> None:
    async with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", then_wait=True) as url:
        failure(await get(url, web={"read": 0.1, "total": 60}), "timeout")


# Servers that are none


async def test_nobody_there_is_unreachable() -> None:
    async with speaking(b"") as url:
        failure(await get(url), "unreachable")
    failure(await get(url), "unreachable")


async def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*args: object, **kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    failure(await get("http://no-such-host.invalid/"), "unreachable")


async def test_plain_text_where_tls_was_expected_is_unreachable() -> None:
    async with speaking(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        assert isinstance(await get(url.replace("http:", "https:"), web={"total": 5}), Failure)


@given(
    st.binary(max_size=200),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 \r\nLocation: ", b"HTTP/1.0 "]),
)
def test_whatever_a_server_sends_is_an_answer(raw: bytes, start: bytes) -> None:
    async def ask() -> None:
        async with (
            speaking(start + raw) as url,
            Web(allow_hosts=[url.removeprefix("http://")], total=5) as web,
        ):
            assert isinstance(await web.get(url), Page | NotModified | Failure)

    asyncio.run(ask())


@pytest.mark.parametrize("tail", ["/new?" + ";key" * 1200, "/?" + "key" * 100_000, "/?a=1;token=abc;x=abc"])
def test_no_address_takes_long_to_redact(tail: str) -> None:
    begun = time.process_time()
    shown = redacted("https://x.example" + tail)
    assert time.process_time() - begun < 2
    assert len(shown) < 2100
    assert "abc" not in shown
