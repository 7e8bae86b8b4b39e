"""Settings of operations in files: signatures, deliveries and scripted responses.

It must not know how responses are given or signatures checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cbmock.config import Config
from cbmock.deliveries import settings as delivery_settings
from cbmock.deliveries.settings import DeliverySettings
from cbmock.description.operation_names import aliases
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.mock.mock import Mock
from cbmock.server.app import App
from cbmock.testing.project_file import secrets_of, with_secrets

if TYPE_CHECKING:
    from cbmock.handshakes.expected import ConfiguredHandshakes
    from cbmock.mock.responses.scripted_reply import Reply


def handshakes_of(
    names: tuple[str, ...], secrets: tuple[str, ...], config: Config
) -> ConfiguredHandshakes:
    """Return the handshakes from the command line and from the file's operations."""
    every = list(names) or config.settings.get("handshake")
    own = [each for each in config.patterns() if "handshake" in each[1]]
    if every is None and not own:
        return ()
    from cbmock.handshakes import expected  # noqa: PLC0415 - 30 ms, few need it

    found = list(expected.configured(with_secrets(every), secrets))
    for pattern, settings in own:
        secret = settings.get("secret")
        known = secrets if secret is None else secrets_of(secret.value)
        given = with_secrets(settings["handshake"].value)
        found += expected.configured({pattern: given}, known)
    return tuple(found)


def deliveries_of(config: Config) -> DeliverySettings:
    """Return the file's settings of identity and conduct."""
    found: dict[str, dict[str, Any]] = {"identity": {}, "conduct": {}}
    for pattern, settings in config.patterns():
        for name, by_pattern in found.items():
            if name in settings:
                by_pattern[pattern] = settings[name].value
    return delivery_settings.settings(**found)


def play(app: App, file: str | None, config: Config) -> None:
    """Set the scripted responses of a file, and of the configuration."""
    for operation, replies in _scripts(app.mock, file, config):
        app.scripts.put(operation, None, replies)


def with_its_scripts(
    make: Callable[[], Mock], file: str | None, config: Config
) -> Mock:
    """Make a mock; raises `ReceiverError` if its document lacks a scripted operation."""
    mock = make()
    _scripts(mock, file, config)
    return mock


def _scripts(
    mock: Mock, file: str | None, config: Config
) -> list[tuple[Operation, list[Reply]]]:
    steps = [*_configured(mock, config), *(() if file is None else _read(file, mock))]
    if not steps:
        return []
    from cbmock.mock.responses import scripted_reply  # noqa: PLC0415 - 1 ms, few need it
    from cbmock.server.scripts import Scripts  # noqa: PLC0415 - 20 ms, few need it

    check = Scripts(mock).check
    return [
        (operation, [check(operation, scripted_reply.from_value(e)) for e in replies])
        for operation, replies in steps
    ]


def _configured(mock: Mock, config: Config) -> Iterable[tuple[Operation, list[Any]]]:
    if not config.operations:
        return
    for operation in mock.operations:
        found = config.operation_settings(*aliases(operation)).get("responses")
        if found is not None:
            yield operation, found.value


def _read(file: str, mock: Mock) -> Iterable[tuple[Operation, list[Any]]]:
    tree = _parsed(Path(file))
    if not isinstance(tree, Mapping):
        raise ReceiverError(f"{file}: must map operations to lists of responses")
    for name, replies in tree.items():
        operation = mock.names.find(str(name))
        if isinstance(replies, Mapping) and "replies" in replies:
            replies = replies["replies"]  # as the control API takes it  # noqa: PLW2901
        if not isinstance(replies, list):
            message = f"{file}: {name}: must be a list of responses: [{{status: 503}}]"
            raise ReceiverError(message)
        yield operation, replies


def _parsed(file: Path) -> Any:
    import tomllib  # noqa: PLC0415 - 2 ms, few need it

    import yaml  # noqa: PLC0415 - 30 ms, few need it

    try:
        text = file.read_text("utf-8")
        return tomllib.loads(text) if file.suffix == ".toml" else yaml.safe_load(text)
    except OSError as error:
        message = f"{file}: cannot be read: {error.strerror or error}"
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        message = f"{file}: cannot be read: {' '.join(str(error).split())}"
    raise ReceiverError(message)
