"""The known schemes by name, each a row of data.

To add a scheme, add a row. `source` says which SDKs it was seen in; rows that say
"documentation" follow the vendor's description and were not run against an SDK.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cbmock.errors import ReceiverError
from cbmock.signatures.scheme import Scheme


def _header(name: str, *others: str) -> tuple[str, ...]:
    return tuple(f"header {each}" for each in (name, *others))


def _pairs(header: str, timestamp: str, signature: str, **more: Any) -> dict[str, Any]:
    return {
        "header": _header(header),
        "layout": "pairs",
        "signature_key": signature,
        "timestamp": f"pair {timestamp}",
        "is_spaced": False,
        **more,
    }


def _standard(vendor: str, title: str, **more: Any) -> Scheme:
    row: dict[str, Any] = {
        "header": _header(f"{vendor}-signature"),
        "layout": "words",
        "separator": " ",
        "prefix": "v1,",
        "encoding": "base64",
        "signed": "{id}.{timestamp}.{body}",
        "secret_encoding": ("base64",),
        "secret_prefix": "whsec_",
        "timestamp": f"header {vendor}-timestamp",
        "past": 300,
        "future": 300,
        "id": f"header {vendor}-id",
        "identity": f"header {vendor}-id",
        **more,
    }
    return Scheme(title=title, **row)


_SHOPIFY = {
    "Topic": "orders/create",
    "Shop-Domain": "shop.example",
    "API-Version": "2026-10",
    "Webhook-Id": "{id}",
}
_ADYEN_ITEM = (
    "{json:/pspReference}:{json:/originalReference}:{json:/merchantAccountCode}:"
    "{json:/merchantReference}:{json:/amount/value}:{json:/amount/currency}:"
    "{json:/eventCode}:{json:/success}"
)

_ROWS: Mapping[str, Scheme] = {
    "standard-webhooks": _standard(
        "webhook",
        "Standard Webhooks",
        source="standardwebhooks 1.1.0 (PyPI), 1.1.1 (npm); openai, dodopayments",
    ),
    "standard-webhooks-svix-headers": _standard(
        "svix",
        "Standard Webhooks with Svix's header names",
        source="svix 2.9.1 (PyPI), 2.5.0 (npm); @clerk/backend, resend",
    ),
    "standard-webhooks-utf8-secret": _standard(
        "webhook",
        "Standard Webhooks with a text as secret",
        is_number=True,
        secret_encoding=("utf-8",),
        secret_prefix="",
        source="@polar-sh/sdk 0.49.0 (npm), polar-sdk 1.0.2 (PyPI)",
    ),
    "standard-webhooks-ed25519": _standard(
        "webhook",
        "Standard Webhooks with a key pair",
        prefix="v1a,",
        algorithm="ed25519",
        secret_encoding=("key",),
        secret_prefix="",
        source="documentation",
    ),
    "stripe": Scheme(
        title="Stripe",
        **_pairs("Stripe-Signature", "t", "v1", signed="{timestamp}.{body}", past=300),
        is_number=True,
        identity="body /id",
        source="stripe 16.1.0 (PyPI), 23.1.0 (npm)",
    ),
    "mux": Scheme(
        title="Mux",
        **_pairs("Mux-Signature", "t", "v1", signed="{timestamp}.{body}", past=300),
        is_number=True,
        identity="body /id",
        source="@mux/mux-node 15.3.0",
    ),
    "elevenlabs": Scheme(
        title="ElevenLabs",
        **_pairs(
            "ElevenLabs-Signature", "t", "v0", signed="{timestamp}.{body}", past=1800
        ),
        source="elevenlabs 2.78.0 (PyPI), @elevenlabs/elevenlabs-js 2.73.0",
    ),
    "paddle": Scheme(
        title="Paddle",
        **_pairs(
            "Paddle-Signature",
            "ts",
            "h1",
            separator=";",
            signed="{timestamp}:{body}",
            past=5,
            future=5,
        ),
        is_number=True,
        identity="body /event_id",
        source="paddle-python-sdk 1.16.1, @paddle/paddle-node-sdk 3.10.0",
    ),
    "workos": Scheme(
        title="WorkOS",
        **_pairs(
            "WorkOS-Signature",
            "t",
            "v1",
            separator=", ",
            signed="{timestamp}.{body}",
            unit="ms",
            past=180,
            future=180,
            rotation="one",
        ),
        identity="body /id",
        source="workos 10.8.0 (PyPI), @workos-inc/node 8.13.0",
    ),
    "sanity": Scheme(
        title="Sanity",
        **_pairs(
            "sanity-webhook-signature",
            "t",
            "v1",
            signed="{timestamp}.{body}",
            encoding="base64url",
            unit="ms",
            rotation="one",
        ),
        identity="header idempotency-key",
        source="@sanity/webhook 4.0.4",
    ),
    "slack": Scheme(
        title="Slack",
        header=_header("X-Slack-Signature"),
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp="header X-Slack-Request-Timestamp",
        past=300,
        future=300,
        identity="body /event_id",
        source="slack_sdk 3.48.0 (PyPI), @slack/bolt 5.1.0, @slack/events-api 3.0.1",
    ),
    "zoom": Scheme(
        title="Zoom",
        header=_header("x-zm-signature"),
        prefix="v0=",
        signed="v0:{timestamp}:{body}",
        timestamp="header x-zm-request-timestamp",
        is_number=True,
        source="@zoom/rivet 0.4.0",
    ),
    "twitch": Scheme(
        title="Twitch",
        header=_header("Twitch-Eventsub-Message-Signature"),
        prefix="sha256=",
        signed="{id}{timestamp}{body}",
        timestamp="header Twitch-Eventsub-Message-Timestamp",
        unit="rfc3339",
        past=600,
        id="header Twitch-Eventsub-Message-Id",
        identity="header Twitch-Eventsub-Message-Id",
        source="@twurple/eventsub-http 8.1.4",
    ),
    "github": Scheme(
        title="GitHub",
        header=_header("X-Hub-Signature-256"),
        prefix="sha256=",
        identity="header X-GitHub-Delivery",
        source="@octokit/webhooks-methods 6.0.0, @octokit/webhooks 14.2.0",
    ),
    "shopify": Scheme(
        title="Shopify",
        header=_header("X-Shopify-Hmac-Sha256", "Shopify-Hmac-Sha256"),
        encoding="base64",
        required=(
            *(f"X-Shopify-Hmac-Sha256: X-Shopify-{each}" for each in _SHOPIFY),
            *(f"Shopify-Hmac-Sha256: Shopify-{each}" for each in _SHOPIFY),
            "Shopify-Hmac-Sha256: Shopify-Event-Id",
        ),
        sent_with=tuple((f"X-Shopify-{each}", _SHOPIFY[each]) for each in _SHOPIFY),
        identity="header X-Shopify-Event-Id",
        source="@shopify/shopify-api 13.1.0",
    ),
    "line": Scheme(
        title="LINE",
        header=_header("X-Line-Signature"),
        encoding="base64",
        identity="body /events/0/webhookEventId",
        raw=True,
        source="line-bot-sdk 3.27.0 (PyPI), @line/bot-sdk 11.0.0",
    ),
    "linear": Scheme(
        title="Linear",
        header=_header("Linear-Signature"),
        timestamp="body /webhookTimestamp",
        unit="ms",
        past=60,
        future=60,
        identity="header Linear-Delivery",
        raw=True,
        source="@linear/sdk 98.0.0",
    ),
    "gocardless": Scheme(
        title="GoCardless",
        header=_header("Webhook-Signature"),
        identity="body /meta/webhook_id",
        raw=True,
        source="gocardless_pro 3.22.0 (PyPI), gocardless-nodejs 10.1.2",
    ),
    "onfido": Scheme(
        title="Onfido",
        header=_header("X-SHA2-Signature"),
        raw=True,
        source="onfido-python 6.2.0, @onfido/api 6.2.0",
    ),
    "adyen-header": Scheme(
        title="Adyen",
        header=_header("hmacsignature"),
        encoding="base64",
        secret_encoding=("hex",),
        raw=True,
        source="Adyen 16.0.0 (PyPI), @adyen/api-library 32.1.0",
    ),
    "adyen-payments": Scheme(
        title="Adyen's payments",
        header=("body /additionalData/hmacSignature",),
        each="/notificationItems/*/NotificationRequestItem",
        encoding="base64",
        signed=_ADYEN_ITEM,
        secret_encoding=("hex",),
        identity="body /notificationItems/0/NotificationRequestItem/pspReference",
        source="Adyen 16.0.0 (PyPI), @adyen/api-library 32.1.0",
    ),
    "square": Scheme(
        title="Square",
        header=_header("x-square-hmacsha256-signature"),
        encoding="base64",
        signed="{url}{body}",
        identity="body /event_id",
        source="squareup 46.0.0 (PyPI), square 46.0.0 (npm)",
    ),
    "hubspot-v1": Scheme(
        title="HubSpot (version 1)",
        header=_header("X-HubSpot-Signature"),
        algorithm="sha256",
        signed="{secret}{body}",
        source="hubspot-api-client 12.0.0 (PyPI), @hubspot/api-client 14.0.1",
    ),
    "hubspot-v2": Scheme(
        title="HubSpot (version 2)",
        header=_header("X-HubSpot-Signature"),
        algorithm="sha256",
        signed="{secret}{method}{url}{body}",
        source="hubspot-api-client 12.0.0 (PyPI), @hubspot/api-client 14.0.1",
    ),
    "hubspot-v3": Scheme(
        title="HubSpot (version 3)",
        header=_header("X-HubSpot-Signature-v3"),
        encoding="base64",
        signed="{method}{url}{body}{timestamp}",
        timestamp="header X-HubSpot-Request-Timestamp",
        unit="ms",
        past=300,
        source="hubspot-api-client 12.0.0 (PyPI), @hubspot/api-client 14.0.1",
    ),
    "discord": Scheme(
        title="Discord",
        header=_header("X-Signature-Ed25519"),
        algorithm="ed25519",
        signed="{timestamp}{body}",
        secret_encoding=("key",),
        timestamp="header X-Signature-Timestamp",
        unit="text",
        identity="body /id",
        raw=True,
        source="discord-interactions 0.4.0 (PyPI), 4.4.0 (npm)",
    ),
    "sendgrid": Scheme(
        title="SendGrid",
        header=_header("X-Twilio-Email-Event-Webhook-Signature"),
        algorithm="ecdsa-p256-sha256",
        encoding="base64",
        signed="{timestamp}{body}",
        secret_encoding=("key",),
        timestamp="header X-Twilio-Email-Event-Webhook-Timestamp",
        unit="text",
        identity="body /0/sg_event_id",
        source="sendgrid 6.12.5 (PyPI), @sendgrid/eventwebhook 8.0.0",
    ),
    "twilio": Scheme(
        title="Twilio",
        header=_header("X-Twilio-Signature"),
        algorithm="hmac-sha1",
        encoding="base64",
        signed="{url}{form:sorted}",
        digest_query="bodySHA256",
        lenient_url=True,
        identity="header I-Twilio-Idempotency-Token",
        source="twilio 9.13.0 (PyPI), 6.3.1 (npm)",
    ),
    "mailgun": Scheme(
        title="Mailgun",
        header=("body /signature/signature",),
        signed="{json:/signature/timestamp}{json:/signature/token}",
        identity="body /signature/token",
        source="documentation",
    ),
    "braintree": Scheme(
        title="Braintree",
        header=("form bt_signature",),
        algorithm="hmac-sha1",
        layout="pairs",
        separator="&",
        assign="|",
        signed="{form:bt_payload}",
        secret_encoding=("sha1",),
        source="braintree 4.48.0 (PyPI), 3.40.0 (npm)",
    ),
    "contentful": Scheme(
        title="Contentful",
        header=_header("x-contentful-signature"),
        signed="{method}\n{path:escaped}\n{signed-headers}\n{body}",
        required=("x-contentful-signature: x-contentful-signed-headers",),
        sent_with=(("x-contentful-signed-headers", "{signed-names}"),),
        timestamp="header x-contentful-timestamp",
        unit="ms",
        is_number=True,
        past=29.999,  # the SDK refuses exactly 30 s, and its times are in milliseconds
        source="@contentful/node-apps-toolkit 3.16.1",
    ),
    "livekit": Scheme(
        title="LiveKit",
        header=_header("Authorization"),
        algorithm="jws",
        identity="body /id",
        source="livekit-api 1.2.2 (PyPI), livekit-server-sdk 2.19.2",
    ),
    "plaid": Scheme(
        title="Plaid",
        header=_header("Plaid-Verification"),
        algorithm="jws",
        past=300,
        source="documentation",
    ),
    "jws-detached": Scheme(
        title="a detached JWS (RFC 7515 appendix F)",
        header=_header("x-jws-signature"),
        algorithm="jws",
        raw=True,
        source="jose 6.2.18, jwcrypto 1.6.1",
    ),
    "google-pubsub-push": Scheme(
        title="Google Pub/Sub push",
        header=_header("Authorization"),
        algorithm="jws",
        identity="body /message/messageId",
        source="documentation",
    ),
    "rfc9421": Scheme(
        title="HTTP Message Signatures (RFC 9421)",
        header=_header("Signature"),
        algorithm="http-message-signature",
        past=86400,
        future=5,
        raw=True,
        source="http-message-signatures 3.0.0 (PyPI), 1.0.6 (npm)",
    ),
    "aws-sns": Scheme(
        title="Amazon SNS",
        header=("body /Signature",),
        algorithm="rsa-sha256",
        encoding="base64",
        secret_encoding=("certificate",),
        identity="body /MessageId",
        source="sns-validator 0.3.5",
    ),
    "cal.com": Scheme(
        title="Cal.com", header=_header("X-Cal-Signature-256"), source="documentation"
    ),
    "lemonsqueezy": Scheme(
        title="Lemon Squeezy", header=_header("X-Signature"), source="documentation"
    ),
    "intercom": Scheme(
        title="Intercom",
        header=_header("X-Hub-Signature"),
        algorithm="hmac-sha1",
        prefix="sha1=",
        source="documentation",
    ),
    "checkout.com": Scheme(
        title="Checkout.com", header=_header("Cko-Signature"), source="documentation"
    ),
    "xero": Scheme(
        title="Xero",
        header=_header("x-xero-signature"),
        encoding="base64",
        source="documentation",
    ),
    "docusign-connect": Scheme(
        title="DocuSign Connect",
        header=_header(*(f"X-DocuSign-Signature-{key}" for key in range(1, 11))),
        encoding="base64",
        source="documentation",
    ),
    "vercel": Scheme(
        title="Vercel",
        header=_header("x-vercel-signature"),
        algorithm="hmac-sha1",
        source="documentation",
    ),
    "meta": Scheme(
        title="Meta",
        header=_header("X-Hub-Signature-256"),
        prefix="sha256=",
        source="documentation",
    ),
    "recurly": Scheme(
        title="Recurly",
        header=_header("recurly-signature"),
        layout="first-word",
        signed="{timestamp}.{body}",
        timestamp="first word",
        unit="ms",
        source="documentation",
    ),
    "daily": Scheme(
        title="Daily",
        header=_header("X-Webhook-Signature"),
        encoding="base64",
        signed="{timestamp}.{body}",
        secret_encoding=("base64",),
        timestamp="header X-Webhook-Timestamp",
        source="documentation",
    ),
}

_ALIASES = {
    "svix": "standard-webhooks-svix-headers",
    "clerk": "standard-webhooks-svix-headers",
    "resend": "standard-webhooks-svix-headers",
    "openai": "standard-webhooks",
    "polar": "standard-webhooks-utf8-secret",
    "rfc9421-hmac-sha256": "rfc9421",
    "rfc9421-ed25519": "rfc9421",
}


def names() -> tuple[str, ...]:
    """Return the names of all schemes, aliases included, in alphabetical order."""
    return tuple(sorted({*_ROWS, *_ALIASES}))


def named(name: str) -> Scheme:
    """Return the scheme of that name; raises `ReceiverError` with the nearest name."""
    own = _ALIASES.get(name, name)
    row = _ROWS.get(own)
    if row is None:
        close = difflib.get_close_matches(name, names(), 1)
        hint = (
            f"did you mean {close[0]!r}?" if close else f"known: {', '.join(names())}"
        )
        raise ReceiverError(f"no signature scheme is called {name!r}; {hint}")
    return replace(row, name=own)


def known() -> Mapping[str, Scheme]:
    """Return every scheme by its name."""
    return {name: named(name) for name in _ROWS}
