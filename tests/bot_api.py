"""Another library's models of the Bot API: the oracle for what the bot asks and for what the sandbox answers.

When aiogram is imported it builds the validators of all its 400 models, which takes six seconds of CPU in each of
pytest's workers. Here those few are built that a test asks for: by the same call, with the same names.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from unittest import mock

from pydantic import BaseModel

from bot.sandbox import Upload


def check_request(method: str, params: dict[str, Any]) -> None:
    """Assert that a request has only parameters that the method knows, each of its type."""
    model = _model(method[0].upper() + method[1:])
    names = {field.alias or name for name, field in model.model_fields.items()}
    assert params.keys() <= names, (method, params.keys() - names)
    file = _names()["BufferedInputFile"](b"", "x")
    model.model_validate({name: file if isinstance(v, Upload) else v for name, v in params.items()})


def check(kind: str, value: dict[str, Any]) -> Any:
    """Assert that a value is a `Message`, an `Update` or whatever it is to be. Returns it as one."""
    return _model(kind).model_validate(value)


@cache
def _model(name: str) -> Any:
    """A type or a method, ready to validate."""
    names = _names()
    import aiogram

    found = names.get(name) or getattr(aiogram.methods, name)
    found.model_rebuild(_types_namespace=names)
    return found


@cache
def _names() -> dict[str, Any]:
    """What the models' annotations may refer to, as aiogram hands it over for each of them."""
    names: dict[str, Any] = {}

    def later(cls: type[BaseModel], *, _types_namespace: dict[str, Any]) -> None:
        names.update(_types_namespace)

    with mock.patch.object(BaseModel, "model_rebuild", classmethod(later)):
        import aiogram  # noqa: F401
    return names
