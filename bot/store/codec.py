"""Values of the model to JSON's types and back, by their type annotations: what a row of a store holds.

Every field is written, also one that has its default value: a later version with another default must not change
what was once decided. Times are written in ISO 8601 and UTC, durations in seconds.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ..model import Destination

T = TypeVar("T")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(time: datetime) -> int:
    """A time as a number that can be compared: whole milliseconds since 1970, UTC."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def moment(stored: int) -> datetime:
    """The inverse of `milliseconds`."""
    return _EPOCH + timedelta(0, 0, 0, stored)  # by position: twenty are read for a page


def encode(value: object) -> Any:
    """The value in dicts, lists, strings, numbers and None. Raises TypeError for what the model has no word for."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, Destination):
        return str(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{value!r} cannot be stored")


def decode(kind: type[T], data: object) -> T:
    """The inverse of `encode`. Raises ValueError, which says which field is wrong and why."""
    return cast(T, _decode(kind, data, ""))


def _decode(kind: Any, data: object, place: str) -> object:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (other,) = (one for one in inner if one is not NoneType)
        return None if data is None else _decode(other, data, place)
    if origin is Literal:
        return _expect(data in inner, data, place, f"one of {', '.join(map(str, inner))}", data)
    if origin is tuple:
        _expect(isinstance(data, list), data, place, "a list")
        items = enumerate(cast("list[object]", data))
        return tuple(_decode(inner[0], item, f"{place}[{index}]") for index, item in items)
    if kind is Destination or kind is datetime or kind is timedelta:
        return _decode_special(kind, data, place)
    if is_dataclass(kind):
        return _decode_fields(kind, data, place)
    right = type(data) is kind or (kind is float and type(data) is int)
    return _expect(right, data, place, f"of type {kind.__name__}", data)


def _decode_special(kind: type, data: object, place: str) -> object:
    try:
        if kind is timedelta:
            return timedelta(seconds=cast(float, data))
        if kind is Destination:
            return Destination.parse(cast(str, data))
        time = datetime.fromisoformat(cast(str, data))
    except (TypeError, ValueError, AttributeError, OverflowError):
        return _expect(False, data, place, f"a {kind.__name__}")
    return _expect(time.tzinfo is not None, data, place, "a time with its offset", time)


def _decode_fields(kind: Any, data: object, place: str) -> object:
    _expect(isinstance(data, dict), data, place, "an object")
    given = dict(cast("dict[str, object]", data))
    values = {}
    for name, (field, hint) in _fields(kind).items():
        inside = f"{place}.{name}" if place else name
        if name in given:
            values[name] = _decode(hint, given.pop(name), inside)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{inside} is missing")
    _expect(not given, ", ".join(given), place, "without unknown fields")
    return kind(**values)


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: (field, hints[field.name]) for field in fields(kind)}


def _expect(right: bool, data: object, place: str, wanted: str, value: object = None) -> object:
    if not right:
        raise ValueError(f"{place + ': ' if place else ''}{data!r:.80} is not {wanted}")
    return value
