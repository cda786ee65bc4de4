"""Where allauth asks us."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.signup import prevent_enumeration
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse
from allauth.headless.internal import sessionkit
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

from accounts import services
from accounts.models import User
from rest.addresses import client_address

LONGEST_PASSWORD = 1000
_TOKEN = re.compile(r"[0-9a-z]{8,40}")  # a key of Django's sessions; a column refuses worse with errors of its own


class SessionTokens(SessionTokenStrategy):  # type: ignore[misc]
    def lookup_session(self, session_token: str) -> SessionBase | None:
        """In one query rather than two."""
        if not _TOKEN.fullmatch(session_token):
            return None
        found: SessionBase | None = sessionkit.lookup_session(session_token)
        return found


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return bool(settings.SIGN_UP_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def clean_email(self, email: str) -> str:
        """Raises ValidationError for what the column of users does not hold."""
        if len(email) > 254:
            raise ValidationError("An e-mail address has at most 254 characters.", code="max_length")
        return email

    def clean_password(self, password: str, user: Any = None) -> str:
        if len(password) > LONGEST_PASSWORD:
            raise ValidationError(f"A password has at most {LONGEST_PASSWORD} characters.", code="password_too_long")
        return str(super().clean_password(password, user))

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Two may sign up with one address at the same moment: the second is answered like everybody."""
        try:
            with transaction.atomic():
                saved: User = super().save_user(request, user, form, commit)
        except IntegrityError as error:
            response = prevent_enumeration(request, email=form.cleaned_data["email"])
            raise ImmediateHttpResponse(AuthenticationResponse.from_response(request, response)) from error
        return saved

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        services.vouch_for_staff(user=user)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """409 where another user has the address by now."""
        try:
            with transaction.atomic():
                return bool(super().confirm_email(request, email_address))
        except IntegrityError as error:
            raise ImmediateHttpResponse(ConflictResponse(request)) from error

    def send_account_already_exists_mail(self, email: str) -> None:
        """allauth's own names pages of a website; an app has none."""
        make_password(email)  # or the time of the answer would tell that no account is being made
        self.send_mail("account/email/account_already_exists", email, {})

    def take_back_attempt(self) -> None:
        """A right password is no wrong one. For sign-ins that allauth does not see."""
        self._rollback_login_failed_rl_usage()

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:  # noqa: ARG002
        """allauth's own counts by Host too, with its port, which a client may choose: a fresh count for each."""
        return str(credentials.get("email", "")).lower()
