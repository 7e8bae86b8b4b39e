"""The bodies to send: the same bytes on every machine.

It decides what a small callback and a GitHub-like delivery look like. It must not know the
schemas that describe them.
"""

from __future__ import annotations

import json
from typing import Any

_API = "https://api.github.example/repos/octo/hello-world"
SITE = "https://github.example/octo/hello-world"
TIME = "2026-11-22T14:00:00Z"
LINKS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]
_FLAGS = [
    "allow_forking",
    "archived",
    "disabled",
    "fork",
    "has_discussions",
    "has_downloads",
    "has_issues",
    "has_pages",
    "has_projects",
    "has_wiki",
    "is_template",
    "private",
    "web_commit_signoff_required",
]
_COUNTS = [
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "size",
    "stargazers",
    "stargazers_count",
    "watchers",
    "watchers_count",
]


def invoice() -> dict[str, Any]:
    """Return the body of the invoice callback, 49 bytes of JSON."""
    return {"description": "Payment celebration", "paid": True}


def push(size: int = 10_000) -> dict[str, Any]:
    """Return a GitHub-like push with enough commits to fill `size` bytes."""
    body = {
        "ref": "refs/heads/main",
        "before": f"{1:040x}",
        "after": f"{2:040x}",
        "base_ref": None,
        "compare": f"{SITE}/compare/{1:012x}...{2:012x}",
        "created": False,
        "deleted": False,
        "forced": False,
        "head_commit": commit(0),
        "pusher": {"name": "octo", "email": "octo@github.example"},
        "repository": repository(),
        "sender": user(),
    }
    return {**body, "commits": _commits(size - len(dumped(body)))}


def broken_push() -> dict[str, Any]:
    """Return a 10 KB push with two violations: a wrong type, and a missing member."""
    body = push()
    del body["pusher"]
    return {**body, "repository": {**body["repository"], "id": "186853002"}}


def commits(size: int) -> dict[str, Any]:
    """Return a body of commits only, of about `size` bytes."""
    return {"commits": _commits(size)}


def _commits(size: int) -> list[dict[str, Any]]:
    each = len(dumped(commit(0))) + 1
    return [commit(number) for number in range(max(1, -(-size // each)))]


def commit(number: int) -> dict[str, Any]:
    """Return one commit of a push."""
    person = {"name": "Octo", "email": "octo@github.example", "username": "octo"}
    return {
        "id": f"{number:040x}",
        "tree_id": f"{number + 1:040x}",
        "distinct": True,
        "message": f"Say in line {number % 10} what it is for",
        "timestamp": TIME,
        "url": f"{SITE}/commit/{number:040x}",
        "author": person,
        "committer": person,
        "added": ["docs/guide.md"],
        "removed": [],
        "modified": ["README.md"],
    }


def user() -> dict[str, Any]:
    """Return a user as in GitHub's deliveries."""
    home = "https://api.github.example/users/octo"
    links = ("followers", "following", "gists", "orgs", "repos", "starred")
    return {
        "login": "octo",
        "id": 21031067,
        "node_id": "MDQ6VXNlcjIxMDMxMDY3",
        "type": "User",
        "site_admin": False,
        "avatar_url": "https://avatars.github.example/u/21031067?v=4",
        "url": home,
        **{f"{name}_url": f"{home}/{name}" for name in links},
    }


def repository() -> dict[str, Any]:
    """Return a repository with all its links, flags and counts."""
    return {
        "id": 186853002,
        "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=",
        "name": "hello-world",
        "full_name": "octo/hello-world",
        "owner": user(),
        "html_url": SITE,
        "url": _API,
        **{f"{name}_url": f"{_API}/{name}" for name in LINKS},
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_COUNTS, 12),
        "created_at": TIME,
        "updated_at": TIME,
        "pushed_at": TIME,
        "default_branch": "main",
        "description": None,
        "homepage": None,
        "language": None,
        "visibility": "public",
        "topics": ["callbacks", "webhooks"],
    }


def dumped(value: Any) -> bytes:
    """Return a body as senders write it: JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()
