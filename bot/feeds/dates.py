"""The dates that feeds are full of, read by one grammar that would rather say nothing than something wrong.

General date parsers are generous: one of them makes 1 November of 2023年10月28日, and the year 1698 of a Unix time.
A wrong date lies to readers and hides news, a missing one is replaced by the time at which the entry was first seen.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

# Mainland, Taiwan, Hong Kong, Macau and Singapore share one offset: what a Chinese feed means by no zone, and by CST.
_CHINA = timedelta(hours=8)
_HOURS = {
    -8: "pst",
    -7: "pdt mst",
    -6: "mdt cst",
    -5: "cdt est",
    -4: "edt",
    0: "z ut utc gmt wet",
    1: "bst cet west",
    2: "cest eet",
    3: "eest msk",
    8: "bjt hkt sgt cct awst 北京时间 北京時間",
    9: "jst kst",
    10: "aest",
    11: "aedt",
    12: "nzst",
    13: "nzdt",
}
_ZONES = {name: timedelta(hours=hours) for hours, names in _HOURS.items() for name in names.split()}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_HAN_MONTHS = ["一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"]

_CLOCK = (
    r"(?P<half>[上下]午|凌晨|清晨|早上|中午|傍晚|晚[上间間])?\s*(?P<hour>\d{1,2})\s?[:时時点點]\s?"
    r"(?:(?P<minute>\d{1,2})分?(?:[:.]?(?P<second>\d{2})秒?(?:[.,]\d{1,9})?)?)?(?:\s?(?P<pm>[ap])\.?m\.?)?"
)
_ZONE = (
    r"(?:\s?\(?(?P<zone>(?:utc|gmt)?\s?[+-]\s?\d{1,2}(?::?\d{2})?|[a-z]{1,5}|北京[时時][间間])\)?"
    r"(?:\s?\([^()]*\))?)?"
)
_WEEKDAY = r"(?:\s?\(?(?:周|週|星期|礼拜|禮拜)[一二三四五六日天]\)?)?"
_DATES = {  # each form of a date, and what stands between it and a clock
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})" + _WEEKDAY: r"(?:,?\s|t)",
    r"(?P<day>\d{1,2})[\s-](?P<name>[a-z]{3,9}|(?:\d{1,2}|[一二三四五六七八九十]{1,2})月)\.?,?[\s-]"
    r"(?P<year>\d{4}|\d\d)": r",?\s",
    r"(?P<name>[a-z]{3,9})\.?\s(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s(?P<year>\d{4})": r",?\s",
    r"(?P<year>\d{4})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号號]?" + _WEEKDAY: r",?",
}
_PATTERNS = [
    re.compile(rf"{date}(?:{between}\s?{_CLOCK})?{_ZONE}", re.IGNORECASE) for date, between in _DATES.items()
]
_LEADING_WEEKDAY = re.compile(r"(?:[a-z]{3,9}|周.|週.|星期.)[.,]{0,2}\s(?=\d|[a-z])", re.IGNORECASE)


def read(text: str, *, chinese: bool = False) -> datetime | None:
    """The time that a feed's date means, in UTC; None where it cannot be told for sure.

    `chinese`: whether the feed is, which decides what CST and a missing zone mean; a date written in Chinese is
    Chinese anyway. Whether the time is credible (not in the future) is for the caller to say.
    """
    text = " ".join(unicodedata.normalize("NFKC", text[:200]).split())
    if text.isdecimal():
        return _digits(text, chinese)
    weekday = _LEADING_WEEKDAY.match(text)
    for start in (weekday.end(), 0) if weekday else (0,):
        for pattern in _PATTERNS:
            if match := pattern.fullmatch(text, start):
                return _time(match, chinese)
    return None


def find(text: str, *, chinese: bool = False) -> datetime | None:
    """The first date in a running text, None where there is none."""
    text = unicodedata.normalize("NFKC", text)
    matches = (match for pattern in _PATTERNS for match in pattern.finditer(text))
    for match in sorted(matches, key=lambda match: match.start()):
        if time := _time(match, chinese):
            return time
    return None


def _digits(text: str, chinese: bool) -> datetime | None:
    try:
        if len(text) in (10, 13):
            return datetime.fromtimestamp(int(text) / (1 if len(text) == 10 else 1000), UTC)
        if len(text) in (8, 14):
            time = datetime.strptime(text, "%Y%m%d" if len(text) == 8 else "%Y%m%d%H%M%S")
            return time.replace(tzinfo=timezone(_offset("", chinese))).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    return None


def _time(match: re.Match[str], chinese: bool) -> datetime | None:
    part = {"month": None, "name": None, **match.groupdict(default="")}
    year = int(part["year"] or 0)
    if len(part["year"] or "") == 2:
        year += 2000 if year < 70 else 1900
    try:
        return datetime(
            year,
            _month(part["name"]) if part["name"] else int(part["month"] or 0),
            int(part["day"] or 0),
            _hour(int(part["hour"] or 0), (part["half"] or part["pm"] or "").lower()),
            int(part["minute"] or 0),
            min(int(part["second"] or 0), 59),  # a leap second is not worth a date
            tzinfo=timezone(_offset(part["zone"] or "", chinese or "年" in match[0])),
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month(name: str) -> int:
    if not name.endswith("月"):
        return _MONTHS.index(name[:3].lower()) // 4 + 1
    return int(name[:-1]) if name[:-1].isdecimal() else _HAN_MONTHS.index(name[:-1]) + 1


def _hour(hour: int, half: str) -> int:
    if hour == 12:
        return 0 if half in ("上午", "凌晨", "a") else 12
    late = half in ("下午", "傍晚", "晚上", "晚间", "晚間", "p") or (half == "中午" and hour < 3)
    return hour + 12 if late and hour < 12 else hour


def _offset(zone: str, chinese: bool) -> timedelta:
    name = zone.lower().replace(" ", "")
    if match := re.fullmatch(r"(?:utc|gmt)?([+-])(\d{1,2}):?(\d{2})?", name):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return -offset if match[1] == "-" else offset
    if name in _ZONES and not (chinese and name == "cst"):
        return _ZONES[name]
    return _CHINA if chinese else timedelta(0)
