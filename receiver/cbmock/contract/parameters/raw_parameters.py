"""Raw parameters: the query, path, headers and cookies, split but not decoded.

It decides which texts belong to a parameter. It must not know what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from cbmock.contract.parameters.parameter import Parameter
from cbmock.http.messages import Request
from cbmock.http.query import RawPairs, cookies, query_pairs


@dataclass(frozen=True, slots=True)
class RawParameters:
    """The query, path, headers and cookies of a request, split but not decoded.

    `query` are raw pairs in order, `path` the raw texts of the URL's variables.
    """

    request: Request
    path: Mapping[str, str]
    query: RawPairs

    @property
    def cookies(self) -> RawPairs:
        """The cookie pairs, as sent."""
        return cookies(self.request.headers)


def split_request(request: Request, path: Mapping[str, str]) -> RawParameters:
    """Split a request's query; `path` are the raw texts of the URL's variables."""
    return RawParameters(request, path, query_pairs(request.query))


def sent_values(parameter: Parameter, raw: RawParameters) -> tuple[str, ...]:
    """Return the raw texts sent under the parameter's own name."""
    name = parameter.name
    match parameter.location:
        case "header":
            joined = raw.request.headers.get(name)
            return () if joined is None else (joined,)
        case "path":
            return (raw.path[name],) if name in raw.path else ()
        case "cookie":
            return tuple(value for key, value in raw.cookies if key == name)
        case _:
            return tuple(value for key, value in raw.query if unquote_plus(key) == name)
