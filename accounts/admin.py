"""Users and API keys in the admin; users as Django has them, with the e-mail address where the user name was."""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar

import allauth.socialaccount.admin  # registers what is taken out again below
import allauth.usersessions.admin  # noqa: F401
import redis
from allauth.account.adapter import get_adapter
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import services
from accounts.models import ApiKey, User


class UserCreationForm(BaseUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email",)
        field_classes: ClassVar[dict[str, type]] = {}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]
    add_form = UserCreationForm
    list_display = ("email", "first_name", "last_name", "is_staff", "is_active", "last_login")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "keeps_history", "public_looks")}),
        ("Permissions", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)

    def save_model(self, request: HttpRequest, user: User, form: Any, change: bool) -> None:
        """Another address, written here, is the user's from now on, and the old one no longer signs in."""
        super().save_model(request, user, form, change)
        if change and "email" in form.changed_data:
            services.move_address(user=user)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at and to revoke. Making one shows a secret once, which this page cannot: `manage.py create_api_key`."""

    list_display = ("name", "owner", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_filter = ("revoked_at", "expires_at")
    search_fields = ("name", "prefix", "owner__email")
    list_select_related = ("owner",)
    fields = readonly_fields = list_display
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return obj is None and super().has_change_permission(request)

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        services.revoke_api_keys(keys=keys)


class SignInForm(AdminAuthenticationForm):
    """The admin's door has the same limits on wrong passwords as that of the API. Open while Redis is away: who comes
    here may have to mend it."""

    def clean(self) -> dict[str, Any]:
        adapter = get_adapter(self.request)
        with contextlib.suppress(redis.RedisError):
            adapter.pre_authenticate(self.request, email=self.cleaned_data.get("username", ""))
        cleaned: dict[str, Any] = super().clean()
        with contextlib.suppress(redis.RedisError):
            adapter.take_back_attempt()
        return cleaned


admin.site.unregister([UserSession, SocialApp, SocialToken])  # Apple and Google are set up in the environment


@admin.register(UserSession)
class UserSessionAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Devices; allauth's own page searches for a user name, which we have not."""

    list_display = ("user", "created_at", "last_seen_at", "ip", "user_agent")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    fields = readonly_fields = list_display

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: UserSession | None = None) -> bool:
        return False


admin.site.login_form = SignInForm
