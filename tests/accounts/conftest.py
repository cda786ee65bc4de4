"""A device as the app's code sees it: JSON over HTTP, one session token, e-mails with codes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.core import mail
from django.test import Client

PASS_PHRASE = "a long pass phrase"
ANOTHER = "quite another phrase"


class Device:
    def __init__(self, name: str = "phone") -> None:
        self.client = Client(headers={"user-agent": name})
        self.token = ""

    def __call__(self, method: str, path: str, body: object = None, **extra: Any) -> Any:
        """Of allauth's part. Keeps the session token as an app would."""
        headers = {"X-Session-Token": self.token} if self.token else {}
        headers |= extra.pop("headers", {})
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        answer = self.client.generic(
            method, f"/_allauth/app/v1/{path}", content, content_type="application/json", headers=headers, **extra
        )
        if answer["Content-Type"] == "application/json":
            self.token = answer.json().get("meta", {}).get("session_token") or self.token
        return answer

    def me(self) -> Any:
        return self.client.get("/api/v1/me/", headers={"X-Session-Token": self.token})

    def sign_up(self, email: str, password: str = PASS_PHRASE) -> Any:
        return self("POST", "auth/signup", {"email": email, "password": password})

    def sign_in(self, email: str, password: str = PASS_PHRASE) -> Any:
        return self("POST", "auth/login", {"email": email, "password": password})

    def verify(self, code: str) -> Any:
        return self("POST", "auth/email/verify", {"key": code})


def code_in_last_mail() -> str:
    found = re.search(r"^[A-Z0-9]{3,5}-?[A-Z0-9]{3,5}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None, mail.outbox[-1].body
    return found.group()


@pytest.fixture(autouse=True)
def _throttles_count(queue: redis.Redis) -> None:
    """Redis is there and empty."""


@pytest.fixture
def signed_up(db: None) -> Callable[..., Device]:
    """A device whose user's address is verified."""

    def sign_up(email: str = "ada@example.org", name: str = "phone") -> Device:
        device = Device(name)
        device.sign_up(email)
        assert device.verify(code_in_last_mail()).status_code == 200
        return device

    return sign_up
