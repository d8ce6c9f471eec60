"""Addresses: percent-encoding that may be repeated, identity, display, and what hides behind an image proxy.

An address is never taken apart into decoded pieces and put together again: that would break the doubly
encoded ones that feeds are full of. The pieces are cut by RFC 3986, appendix B, and stay as they came.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

LINK = re.compile(r"https?://\S+")
"""A link in what somebody wrote."""

_PARTS = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?",
    re.DOTALL,
)
_UNENCODED = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/?-]")
_ENCODED = re.compile(
    r"https?://[A-Za-z0-9.-]+(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*+)?"
)  # most are
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORT = {"http": ":80", "https": ":443"}

# Parameters that say how a reader came to the page, not which page it is.
_TRACKING = re.compile(
    r"(?:amp;)?(?:utm_\w+|at_(?:medium|campaign|custom\d?|link\w*|ptr\w*|bbc\w*|format)|ns_(?:mchannel|source|campaign|linkname|fee)"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igsh(?:id)?|mc_[ce]id|_hs(?:enc|mi)|mkt_tok"
    r"|xtor|maca|ocid|ncid|cmpid|cmp|smid|ito|mbid|wprov|ref_src|ref_url|s_cid|wt\.?_?mc\w*|spm(?:_id_from)?|vd_source"
    r"|_g[al]|share_(?:from|source|medium|plat|session_id|tag|token)|xsec_source"
    r"|isappinstalled|guccounter|guce_referrer\w*|echobox|__twitter_impression|feedtype|feedname)=?",
    re.IGNORECASE,
)
_TRACKING_VALUE = re.compile(
    r"(?:amp;)?(?:ref|from|source|src|partner|emc|fr|via|cid|campaign)=(?:rss|feed)(?![a-z0-9])[^&]*"
    r"|(?:amp;)?from=(?:timeline|singlemessage|groupmessage)",  # WeChat adds it to whatever is shared there
    re.IGNORECASE,
)
# Names that are too plain to mean that anywhere else.
_TRACKING_AT = (
    (re.compile(r"(?:.*\.)?(?:youtu\.be|youtube\.com)", re.I), re.compile(r"(?:amp;)?si=.*", re.I)),
    (
        re.compile(r"mp\.weixin\.qq\.com", re.I),
        re.compile(
            r"(?:amp;)?(?:scene|subscene|ascene|chksm|from|mpshare|srcid|sharer_share\w*|click(?:time|_id)|enterid"
            r"|sessionid|exportkey|pass_ticket|wx_header|devicetype|nettype|version|key|uin)=.*",
            re.IGNORECASE,
        ),
    ),
)
# It names nothing, but the page is not shown without it: left out of identities only.
_PASS = re.compile(r"(?:amp;)?xsec_token=.*", re.IGNORECASE)

# What sends readers on: a page or a host that is named so, with the address in a parameter. Whatever is named
# otherwise (a search, a translation, an archive) may be a page of its own.
_REDIRECTOR = re.compile(
    r"(?:url|link2?|linkfilter|redirect(?:or|ion)?|redir|rd|out|outlink|outbound|away|go|goto|jump|exit|leave|external"
    r"|click|apiclick|l|r)(?:\.(?:php|aspx?|html?|jsp))?",
    re.IGNORECASE,
)
_TARGETS = frozenset({"url", "u", "q", "target", "to", "dest", "destination", "redirect"})
_LONGEST_REDIRECT = 4096  # characters

_ADDRESS_PARAMETERS = frozenset(
    {"url", "u", "uri", "src", "img", "image", "imageurl", "image_url", "img_url"}
)
_ABSOLUTE = re.compile(r"https?:/{1,2}(?=[^/])", re.IGNORECASE)
_EMBEDDED = re.compile(r"(?<=.)https?(?:%3a|:)(?:%2f|/){1,2}(?=[^/%])", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"(?:[A-Za-z0-9-]+\.)+(?P<tld>[A-Za-z]{2,18})(?::\d+)?/[^/\s]", re.ASCII)
_NOT_A_TLD = frozenset(
    {"php", "jpg", "jpeg", "png", "gif", "webp", "avif", "svg", "htm", "html", "asp", "aspx", "jsp"}
)
_HOST_IN_PATH = re.compile(r"i\d\.wp\.com\Z", re.IGNORECASE)
# Archives: the address inside is not where the picture still is.
_NOT_A_PROXY = re.compile(
    r"(?:^|\.)(?:web\.archive\.org|archive\.(?:org|today|is|ph|li|vn)|translate\.goog)\Z", re.IGNORECASE
)
# What images.weserv.nl takes for itself (https://images.weserv.nl/docs/); the rest is the picture's own.
_PROXY_OPTION = re.compile(
    r"w|h|dpr|fit|we|a|cw|ch|cx|cy|crop|trim|mask|mtrim|mbg|bg|blur|con|filt|flip|flop|gam|hue|mod|ro|rbg|sat|sharp"
    r"|start|stop|tint|af|default|encoding|filename|il|l|maxage|n|output|page|q|ssl"
)


class _Parts(NamedTuple):
    scheme: str | None
    authority: str | None
    path: str
    query: str | None
    fragment: str | None

    def __str__(self) -> str:
        return "".join(
            (
                "" if self.scheme is None else self.scheme + ":",
                "" if self.authority is None else "//" + self.authority,
                self.path,
                "" if self.query is None else "?" + self.query,
                "" if self.fragment is None else "#" + self.fragment,
            )
        )

    @property
    def host(self) -> str:
        """The host without user and port, as written."""
        return re.sub(r":\d*\Z", "", (self.authority or "").rpartition("@")[2])


def _split(url: str) -> _Parts:
    match = _PARTS.fullmatch(url)
    if match is None:  # the pattern matches every string; this is for the type checker
        return _Parts(None, None, url, None, None)
    return _Parts(**match.groupdict())


def _quote(part: str) -> str:
    def encode(match: re.Match[str]) -> str:
        text = match[0]
        if len(text) == 3:
            return text.upper()
        return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))

    return _UNENCODED.sub(encode, part)


def _quote_authority(authority: str) -> str:
    user, at, place = authority.rpartition("@")
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.%]*\]|[^:]*)(:\d*)?", place)
    if match is None:
        return _quote(authority)
    host, port = match[1], match[2] or ""
    if not host.isascii() and len(host) <= 253:
        try:
            name = host.encode("idna").decode("ascii")
        except UnicodeError:
            name = ""
        # Compatibility characters may turn into delimiters (℀ becomes a/c): such a host is no host.
        host = name if re.fullmatch(r"[A-Za-z0-9._-]+", name) else host
    if not host.startswith("["):
        host = _quote(host)
    return _quote(user) + at + host + port


def requote(url: str) -> str:
    """Percent-encode what must be, and only that: `requote(requote(x)) == requote(x)`.

    Valid `%XX` stay (in upper case), a stray `%` becomes `%25`, a space `%20`, other characters UTF-8 `%XX`,
    a host its IDNA form (RFC 3986, sections 2 and 3; RFC 3490). Nothing is decoded, so `%2F` survives.
    """
    if _ENCODED.fullmatch(url):
        return url
    url = re.sub(r"[\t\r\n]", "", url).strip("".join(map(chr, range(33))))
    parts = _split(url)
    return str(
        _Parts(
            parts.scheme,
            None if parts.authority is None else _quote_authority(parts.authority),
            _quote(parts.path),
            None if parts.query is None else _quote(parts.query),
            None if parts.fragment is None else _quote(parts.fragment),
        )
    )


def absolute(base: str, url: str) -> str | None:
    """The requoted http(s) address that `url` means on a page at `base`; None where it means none.

    A user name and password in it are left out: no reader is to see them.
    """
    url = url.strip()
    if url.startswith("//"):
        url = (_split(base.strip()).scheme or "https") + ":" + url
    elif not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url):
        if not url:
            return None
        try:
            url = urljoin(base.strip(), url)
        except ValueError:
            return None
    parts = _split(requote(url))
    if (parts.scheme or "").lower() not in ("http", "https") or not parts.host.strip("."):
        return None
    address = str(parts._replace(authority=(parts.authority or "").rpartition("@")[2]))
    return address if pieces(address).hostname else None


def pieces(url: str) -> SplitResult:
    """The address cut by the standard library, which refuses some (`https://[zz]/`, a port of 99999): of those, and
    of anything cut so, nothing is left."""
    try:
        parts = urlsplit(url)
        _ = parts.hostname, parts.port
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _without_tracking(parts: _Parts) -> _Parts:
    if parts.query is not None:
        here = [names for host, names in _TRACKING_AT if host.fullmatch(parts.host)]
        kept = [
            p
            for p in parts.query.split("&")
            if not (_is_tracking(p) or any(names.fullmatch(p) for names in here))
        ]
        parts = parts._replace(query="&".join(kept) or None)
    if parts.fragment is not None and _is_tracking(parts.fragment):
        parts = parts._replace(fragment=None)
    return parts


def _is_tracking(parameter: str) -> bool:
    match = _TRACKING.match(parameter)
    named = match is not None and (match[0].endswith("=") or match.end() == len(parameter))
    return named or _TRACKING_VALUE.fullmatch(parameter) is not None


def strip_tracking(url: str) -> str:
    """The address as a reader may see it: requoted, without tracking parameters, user name and password, and that of
    the page itself where it is one that only sends readers on (`https://www.google.com/url?url=…`)."""
    while True:
        parts = _without_tracking(_split(requote(url)))
        if parts.authority is not None:
            parts = parts._replace(authority=parts.authority.rpartition("@")[2])
        target = _target(parts)
        if target is None:
            return str(parts)
        url = target


def _target(parts: _Parts) -> str | None:
    """Where a redirector sends its readers; each is longer than what is in it."""
    if not parts.query or len(str(parts)) > _LONGEST_REDIRECT or _NOT_A_PROXY.search(parts.host):
        return None
    page = parts.path.rstrip("/").rpartition("/")[2]
    if not _REDIRECTOR.fullmatch(page or parts.host.partition(".")[0]):
        return None
    parameters = parts.query.split("&")
    for position, parameter in enumerate(parameters, 1):
        name, _, value = parameter.removeprefix("amp;").partition("=")
        if name.lower() not in _TARGETS:
            continue
        address = unquote(value)
        # What follows an address that was put in as it is may be the address's own, or the redirector's.
        unclear = "\ufffd" in address or ("?" in value and position < len(parameters))
        if not unclear and (inner := absolute("", address)):
            # The fragment goes along (RFC 9110, section 10.2.2).
            return inner if parts.fragment is None or "#" in inner else f"{inner}#{parts.fragment}"
    return None


def canonical_url(url: str) -> str:
    """What identifies a page among all spellings of its address; not for fetching or for display.

    https for http, lower-case host, no default port, no tracking, no trailing slash, no fragment (but `#!`
    and `#/`, which name pages of their own), no needless escapes (RFC 3986, section 6.2.2). Idempotent.
    """
    url = requote(url)
    while (plain := strip_tracking(_ESCAPE.sub(_needless, url))) != url:
        url = plain
    parts = _split(url)
    scheme = (parts.scheme or "").lower()
    if scheme not in ("http", "https"):
        return str(parts)
    host = (parts.authority or "").lower().removesuffix(_DEFAULT_PORT[scheme])
    fragment = parts.fragment if (parts.fragment or "").startswith(("!", "/")) else None
    query = "&".join(p for p in (parts.query or "").split("&") if not _PASS.fullmatch(p))
    return str(_Parts("https", host, parts.path.rstrip("/") or "/", query or None, fragment))


def _needless(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0]


def unproxy(url: str) -> str:
    """The address of the original picture behind image proxies, or `url` itself, requoted.

    One rule for all proxies: a parameter named like an address whose value is one, or an address within the
    path. A guess by nature: keep the address as it was given as a fallback.
    """
    url = requote(url)
    for _ in range(4):
        inner = _inside(_split(url))
        if inner is None:
            break
        url = requote(inner)
    return url


def _inside(parts: _Parts) -> str | None:
    host = parts.host
    if not host or _NOT_A_PROXY.search(host):
        return None
    if _HOST_IN_PATH.match(host) and _BARE_ADDRESS.match(parts.path.lstrip("/")):
        return "https://" + parts.path.lstrip("/")
    parameters = (parts.query or "").split("&")
    for position, parameter in enumerate(parameters):
        name, _, value = parameter.removeprefix("amp;").partition("=")
        if name.lower() in _ADDRESS_PARAMETERS and (inner := _as_address(unquote(value))):
            own = [p for p in parameters[position + 1 :] if not _PROXY_OPTION.fullmatch(p.partition("=")[0])]
            return "&".join([inner, *own]) if "?" in value else inner
    if match := _EMBEDDED.search(parts.path):
        if "%" in match[0]:
            return _as_address(unquote(parts.path[match.start() :]))
        return _as_address(str(_Parts(None, None, parts.path[match.start() :], parts.query, parts.fragment)))
    return None


def _as_address(value: str) -> str | None:
    if value.startswith("ssl:"):  # weserv's old way to say https
        value = value.removeprefix("ssl:")
        value = value if value.startswith("//") else "//" + value
    if value.startswith("//"):
        return "https:" + value
    if match := _ABSOLUTE.match(value):
        return match[0].rstrip("/") + "//" + value[match.end() :]
    bare = _BARE_ADDRESS.match(value)
    return "https://" + value if bare and bare["tld"].lower() not in _NOT_A_TLD else None
