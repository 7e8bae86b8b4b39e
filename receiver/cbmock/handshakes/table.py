"""The handshakes that are known by name, each a row.

It decides which there are. It must not know how they are configured or answered.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from cbmock.errors import ReceiverError
from cbmock.handshakes.handshake import (
    Condition,
    Handshake,
    Question,
    constant,
    digest,
    echo,
    rate,
)
from cbmock.handshakes.handshake_request import HandshakeRequest, PlacesByKind, by_kind

_HUB = (
    Condition("query hub.mode", ("subscribe", "unsubscribe")),
    Condition("query hub.challenge"),
)
_GET = ("GET",)
_HEAD = ("HEAD",)
_CHALLENGED = (
    Condition("body /type", ("url_verification",)),
    Condition("body /challenge"),
)

_ROWS = (
    Handshake(
        name="slack",
        title="Slack",
        proof="body /token",
        signed=True,
        questions=(Question(sent=_CHALLENGED, text=echo("body /challenge")),),
    ),
    Handshake(
        name="lark",
        title="Lark (Feishu)",
        proof="body /token",
        questions=(
            Question(sent=_CHALLENGED, json={"challenge": echo("body /challenge")}),
        ),
    ),
    Handshake(
        name="microsoft-graph",
        title="Microsoft Graph",
        questions=(
            Question(
                sent=(Condition("query validationToken"),),
                text=echo("query validationToken"),
            ),
        ),
    ),
    Handshake(
        name="event-grid",
        title="Azure Event Grid",
        questions=(
            Question(
                sent=(
                    Condition(
                        "body /0/eventType",
                        ("Microsoft.EventGrid.SubscriptionValidationEvent",),
                    ),
                    Condition("body /0/data/validationCode"),
                ),
                json={"validationResponse": echo("body /0/data/validationCode")},
            ),
        ),
    ),
    Handshake(
        name="websub",
        title="WebSub",
        refusal=404,
        seen="Flask-WebSub 0.4.1",
        proof="query hub.verify_token",
        questions=(
            Question(methods=_GET, sent=_HUB, text=echo("query hub.challenge")),
            Question(
                methods=_GET,
                sent=(
                    Condition("query hub.mode", ("denied",)),
                    Condition("query hub.topic"),
                ),
            ),
        ),
    ),
    Handshake(
        name="meta",
        title="Meta",
        proof="query hub.verify_token",
        questions=(
            Question(
                methods=_GET,
                sent=(*_HUB, Condition("query hub.verify_token")),
                text=echo("query hub.challenge"),
            ),
        ),
    ),
    Handshake(
        name="strava",
        title="Strava",
        proof="query hub.verify_token",
        questions=(
            Question(
                methods=_GET,
                sent=(*_HUB, Condition("query hub.verify_token")),
                json={"hub.challenge": echo("query hub.challenge")},
            ),
        ),
    ),
    Handshake(
        name="dropbox",
        title="Dropbox",
        refusal=404,
        questions=(
            Question(
                methods=_GET,
                sent=(Condition("query challenge"),),
                text=echo("query challenge"),
            ),
        ),
    ),
    Handshake(
        name="zoom",
        title="Zoom",
        keyed=True,
        signed=True,
        questions=(
            Question(
                sent=(
                    Condition("body /event", ("endpoint.url_validation",)),
                    Condition("body /payload/plainToken"),
                ),
                json={
                    "plainToken": echo("body /payload/plainToken"),
                    "encryptedToken": digest("body /payload/plainToken"),
                },
            ),
        ),
        seen="@zoom/rivet 0.4.0",
    ),
    Handshake(
        name="x",
        title="X (Twitter)",
        keyed=True,
        questions=(
            Question(
                methods=_GET,
                sent=(Condition("query crc_token"),),
                json={"response_token": digest("query crc_token", "base64", "sha256=")},
            ),
        ),
    ),
    Handshake(
        name="linkedin",
        title="LinkedIn",
        keyed=True,
        questions=(
            Question(
                methods=_GET,
                sent=(Condition("query challengeCode"),),
                json={
                    "challengeCode": echo("query challengeCode"),
                    "challengeResponse": digest("query challengeCode"),
                },
            ),
        ),
    ),
    Handshake(
        name="cloudevents",
        title="CloudEvents",
        questions=(
            Question(
                methods=("OPTIONS",),
                sent=(Condition("header webhook-request-origin"),),
                headers={
                    "Allow": constant("POST"),
                    "WebHook-Allowed-Origin": echo("header webhook-request-origin"),
                    "WebHook-Allowed-Rate": rate("header webhook-request-rate"),
                },
                later="header webhook-request-callback",
            ),
        ),
        seen="CloudEvents HTTP webhook 1.0.2",
    ),
    Handshake(
        name="trello",
        title="Trello",
        refusal=410,
        questions=(Question(methods=_HEAD),),
    ),
    Handshake(
        name="aws-sns",
        title="Amazon SNS",
        signed=True,
        questions=(
            Question(
                sent=(
                    Condition("body /Type", ("SubscriptionConfirmation",)),
                    Condition("body /Token"),
                ),
                confirm="body /SubscribeURL",
            ),
            # Fetching its URL would subscribe again.
            Question(sent=(Condition("body /Type", ("UnsubscribeConfirmation",)),)),
        ),
    ),
    Handshake(
        name="discord",
        title="Discord interactions",
        refusal=401,
        signed=True,
        questions=(
            Question(
                sent=(Condition("body /type", (1,)), Condition("body /application_id")),
                json={"type": constant(1)},
            ),
        ),
    ),
    Handshake(
        name="discord-events",
        title="Discord webhook events",
        refusal=401,
        signed=True,
        questions=(
            Question(
                sent=(Condition("body /type", (0,)), Condition("body /application_id")),
                status=204,
            ),
        ),
    ),
    Handshake(
        name="twitch",
        title="Twitch EventSub",
        signed=True,
        questions=(
            Question(
                sent=(
                    Condition(
                        "header twitch-eventsub-message-type",
                        ("webhook_callback_verification",),
                    ),
                    Condition("body /challenge"),
                ),
                text=echo("body /challenge"),
            ),
        ),
    ),
    Handshake(
        name="okta",
        title="Okta event hooks",
        questions=(
            Question(
                methods=_GET,
                sent=(Condition("header x-okta-verification-challenge"),),
                json={"verification": echo("header x-okta-verification-challenge")},
            ),
        ),
    ),
    Handshake(
        name="asana",
        title="Asana",
        questions=(
            Question(
                sent=(Condition("header x-hook-secret"),),
                headers={"X-Hook-Secret": echo("header x-hook-secret")},
            ),
        ),
    ),
    Handshake(
        name="smartsheet",
        title="Smartsheet",
        questions=(
            Question(
                sent=(Condition("header smartsheet-hook-challenge"),),
                headers={
                    "Smartsheet-Hook-Response": echo("header smartsheet-hook-challenge")
                },
                json={
                    "smartsheetHookResponse": echo("header smartsheet-hook-challenge")
                },
            ),
        ),
    ),
    Handshake(
        name="monday",
        title="monday.com",
        questions=(
            Question(
                sent=(Condition("body /challenge"),),
                alone=True,
                json={"challenge": echo("body /challenge")},
            ),
        ),
    ),
    Handshake(
        name="notion",
        title="Notion",
        questions=(
            Question(sent=(Condition("body /verification_token"),), alone=True),
        ),
    ),
    Handshake(
        name="mcp-events",
        title="MCP Events (ChatGPT)",
        signed=True,
        seen="mcp-webhook-events 0.2.0",
        questions=(
            Question(
                sent=(
                    Condition("body /type", ("verification",)),
                    Condition("body /challenge"),
                ),
                json={"challenge": echo("body /challenge")},
            ),
        ),
    ),
    Handshake(
        name="github",
        title="GitHub",
        signed=True,
        questions=(Question(sent=(Condition("header x-github-event", ("ping",)),)),),
    ),
    Handshake(
        name="google-channel",
        title="Google push notifications",
        questions=(
            Question(sent=(Condition("header x-goog-resource-state", ("sync",)),)),
        ),
    ),
    Handshake(
        name="adyen",
        title="Adyen",
        refusal=401,
        usual=True,
        questions=(
            Question(methods=("GET", "HEAD"), text=constant("[accepted]")),
            Question(empty=True, text=constant("[accepted]")),
            Question(
                sent=(
                    Condition(
                        "body /notificationItems/0/NotificationRequestItem/pspReference",
                        start="test_",
                    ),
                ),
                text=constant("[accepted]"),
            ),
        ),
    ),
    Handshake(
        name="docusign",
        title="DocuSign Connect",
        usual=True,
        questions=(Question(methods=("GET", "HEAD")), Question(empty=True)),
    ),
    Handshake(
        name="plain",
        title="a request that only a 200 answers",
        usual=True,
        questions=(
            Question(methods=("GET", "HEAD", "OPTIONS")),
            Question(empty=True),
        ),
        seen="-",
    ),
)
_KNOWN: Mapping[str, Handshake] = {each.name: each for each in _ROWS}
_MOST_NAMED = 3


def known() -> Mapping[str, Handshake]:
    """Return all handshakes by name."""
    return _KNOWN


def named(name: str) -> Handshake:
    """Return one handshake; raises `ReceiverError` with the nearest known name."""
    found = _KNOWN.get(name)
    if found is None:
        near = difflib.get_close_matches(name, _KNOWN, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(_KNOWN)}"
        raise ReceiverError(f"there is no handshake {name!r}; {hint}")
    return found


_HINTED = [each for each in _ROWS if not each.usual]


class _Hinted(NamedTuple):
    """Rows that may be hinted, by a place at which a request has a value if it is one.

    `always` are those that may have none.
    """

    rows: Mapping[str, list[int]]
    places: PlacesByKind
    always: list[int]


def _hints_for(method: str) -> _Hinted:
    found: dict[str, list[int]] = {}
    always: list[int] = []
    for index, row in enumerate(_HINTED):
        for each in row.questions:
            if method in each.methods:
                place = each.sent[0].place if each.sent else None
                rows = always if place is None else found.setdefault(place, [])
                rows.append(index)
    return _Hinted(found, by_kind(found), always)


_HINTED_BY_METHOD: Mapping[str, _Hinted] = {
    method: _hints_for(method)
    for method in {each for row in _HINTED for q in row.questions for each in q.methods}
}


def hint(asked: HandshakeRequest) -> str:
    """Return the hint which handshakes a request looks like; empty if none."""
    hinted = _HINTED_BY_METHOD.get(asked.method)
    if hinted is None:
        return ""
    rows = {row for place in asked.having(hinted.places) for row in hinted.rows[place]}
    rows.update(hinted.always)
    likely = (_HINTED[row] for row in sorted(rows))
    found = [each for each in likely if each.question(asked) is not None][:_MOST_NAMED]
    if not found:
        return ""
    titles = " or ".join(each.title for each in found)
    names = " or ".join(f'"{each.name}"' for each in found)
    return f"; it looks like the handshake of {titles}: handshake={names} answers it"
