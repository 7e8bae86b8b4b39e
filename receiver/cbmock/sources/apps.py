"""Documents from Python objects: an app, a dict, or a function that returns one.

It decides which objects give a document, and which attribute to suggest for an object
that does not. It must not know files or URLs.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeGuard

from cbmock.description.documents import Document
from cbmock.errors import DocumentError

# Where other frameworks have the equivalent of FastAPI's `app.openapi()`.
_ELSEWHERE: tuple[str, ...] = (
    "openapi_schema.to_schema",  # Litestar
    "spec.to_dict",  # flask-smorest
    "to_dict",  # apispec
    "api_doc",  # flask-openapi3
    "get_openapi_schema",  # django-ninja
    "openapi_provider.schema",  # Quart-Schema
    "get_schema",  # drf-spectacular's SchemaGenerator
    "spec",  # APIFlask
)
_ADVICE = (
    "Name a dict, a function without arguments that returns one, or an app with an "
    "openapi() method. Elsewhere it is: Litestar app.openapi_schema.to_schema, APIFlask "
    "app.spec, flask-smorest api.spec.to_dict, apispec spec.to_dict, flask-openapi3 "
    "app.api_doc, Quart-Schema quart_schema.openapi_provider.schema, django-ninja "
    "api.get_openapi_schema, drf-spectacular SchemaGenerator().get_schema; for BlackSheep "
    "write a function that returns the document of its OpenAPIHandler."
)


def from_attribute(spec: str, uri: str, folder: str) -> Document:
    """Return the document of `module:attribute`.

    As with uvicorn and flask, modules of `folder`, the current one, are found and executed.
    """
    module_name, _, attribute = spec.partition(":")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found: object = importlib.import_module(module_name)
    except ImportError as error:
        raise DocumentError(
            f"cannot be imported: {error}",
            document=spec,
            advice="Name a module that Python finds from this folder.",
        ) from error
    except Exception as error:  # the user's own module may raise anything
        raise DocumentError(
            f"cannot be imported: {type(error).__name__}: {error}", document=spec
        ) from error
    for name in attribute.split("."):
        found = _member(found, name, spec)
    return from_object(found, name=spec, uri=uri)


def _member(owner: object, written: str, spec: str) -> object:
    name = written.removesuffix("()")
    try:
        found: object = getattr(owner, name)
    except AttributeError:
        called = getattr(owner, "__name__", None) or type(owner).__name__
        kind = "module" if inspect.ismodule(owner) else "object"
        near = difflib.get_close_matches(name, dir(owner), n=1)
        raise DocumentError(
            f"{kind} {called} has no attribute {name!r}",
            document=spec,
            advice=f"Did you mean {near[0]!r}?" if near else None,
        ) from None
    except Exception as error:  # a property of the user's may raise anything
        raise DocumentError(
            f"cannot be built: {type(error).__name__}: {error}", document=spec
        ) from error
    return _called(found, spec) if written.endswith("()") and callable(found) else found


def from_object(value: object, *, name: str, uri: str) -> Document:
    """Return the document that an object is, contains, or returns."""
    if isinstance(value, Mapping):
        return _tree(value, name=name, uri=uri)
    openapi = getattr(value, "openapi", None)
    if callable(openapi):
        return _tree(_called(openapi, name), name=name, uri=uri)
    if isinstance(openapi, Mapping):
        return _tree(openapi, name=name, uri=uri)
    if _takes_no_arguments(value):
        made = _called(value, name)
        if callable(getattr(made, "openapi", None)):  # a factory of the app
            return from_object(made, name=name, uri=uri)
        return _tree(made, name=name, uri=uri)
    raise DocumentError(
        f"is {_a(type(value).__name__)}, which is not a document and has no openapi() method",
        document=name,
        advice=_instead_of(value, name) or _ADVICE,
    )


def _a(name: str) -> str:
    return f"an {name}" if name[:1] in "AEIOaeio" else f"a {name}"


def _takes_no_arguments(value: object) -> TypeGuard[Callable[[], object]]:
    if not callable(value) or isinstance(value, type):
        return False
    try:
        inspect.signature(value).bind()
    except (TypeError, ValueError):
        return False
    return True


def _instead_of(value: object, name: str) -> str | None:
    for path in _ELSEWHERE:
        found: object = value
        try:
            for part in path.split("."):
                found = getattr(found, part)
        except Exception:  # noqa: S112, BLE001 - whatever a property raises, it is not this one
            continue
        if isinstance(found, Mapping) or _takes_no_arguments(found):
            stem = name if ":" in name else "module:app"
            return f"Name {stem}.{path} instead."
    return None


def _called(function: Callable[[], object], name: str) -> object:
    try:
        found = function()
    except Exception as error:  # the user's own function may raise anything
        raise DocumentError(
            f"cannot be built: {type(error).__name__}: {error}", document=name
        ) from error
    if inspect.iscoroutine(found):
        found.close()
        reason = "is a coroutine function; name one that returns the document at once"
        raise DocumentError(reason, document=name)
    return found


def _tree(content: object, *, name: str, uri: str) -> Document:
    """Convert Python objects to JSON: keys may be integers (`200`), values dates."""
    if not isinstance(content, Mapping):
        returned = _a(type(content).__name__)
        raise DocumentError(f"returned {returned}, not a dict", document=name)
    try:
        tree = json.loads(json.dumps(content, default=_plain))
    except (TypeError, ValueError, RecursionError) as error:
        raise DocumentError(f"is not JSON: {error}", document=name) from None
    return Document(name, uri, tree)


def _plain(value: Any) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"it contains {_a(type(value).__name__)}")
