"""All settings, from the environment; without any, the embedded parts of one machine. docs/operations.md lists them."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from celery.schedules import schedule
from django.core.management.utils import get_random_secret_key
from environs import Env

from config import embedded

BASE_DIR = embedded.BASE
DATA_DIR = embedded.data_folder()

env = Env()


def _secret_key() -> str:
    """SECRET_KEY, or one made on the first start and kept in the data folder."""
    if given := env.str("SECRET_KEY", ""):
        return given
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        made = DATA_DIR / f"secret_key.{get_random_secret_key()[:6].encode().hex()}"
        made.touch(mode=0o600)
        made.write_text(get_random_secret_key())
        try:
            kept.hardlink_to(made)  # fails if another process was first, whose key then counts
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return kept.read_text()


# ── Security ─────────────────────────────────────────────────────────────────────────────────────────────────────────
SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", []), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
HTTPS = env.bool("HTTPS", False)  # a proxy in front speaks TLS and sets X-Forwarded-Proto
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest",
    "accounts",  # before allauth: our words of its e-mails
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.apple",
    "allauth.socialaccount.providers.google",
    "images",
    "catalog",
    "wardrobe",
    "search",
    "outfits",
    "recommendations",
    "moderation",
    "privacy",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.SignInMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# ── Accounts: allauth, for app clients (docs/accounts.md) ────────────────────────────────────────────────────────────
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SESSION_COOKIE_AGE = env.int("SESSIONS_KEPT_S", 60 * 24 * 3600)  # counted from the last use of a device
NUM_PROXIES = env.int("NUM_PROXIES", 0)  # rest/addresses.py: one opinion on whose address it is, for all throttles
SIGN_UP_OPEN = env.bool("SIGN_UP_OPEN", True)
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ["app"]
HEADLESS_TOKEN_STRATEGY = "accounts.adapter.SessionTokens"  # noqa: S105  # no password
HEADLESS_FRONTEND_URLS = {"account_signup": "/"}  # asked for; our e-mails do not use it, since an app has no pages
HEADLESS_SERVE_SPECIFICATION = True  # /_allauth/openapi.json
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None  # its page would load scripts from a CDN
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True  # one address a user; a new one counts once it is verified
ACCOUNT_EMAIL_NOTIFICATIONS = True  # the owner hears of a new password or address
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_RATE_LIMITS = {
    "login": env.str("THROTTLE_SIGN_IN", "30/m") + "/ip",
    "signup": env.str("THROTTLE_SIGN_UP", "20/m") + "/ip",
    "login_failed": env.str("THROTTLE_WRONG_PASSWORDS", "10/m") + "/ip,5/5m/key",
}
_apple_ids: list[str] = env.list("APPLE_CLIENT_ID", [])
_google_ids: list[str] = env.list("GOOGLE_CLIENT_ID", [])
SOCIALACCOUNT_PROVIDERS = {
    # An app on several platforms has a client id on each: all are accepted, the first is shown to clients.
    "apple": {
        "APPS": [
            {
                "client_id": client_id,
                "secret": env.str("APPLE_KEY_ID", ""),
                "key": env.str("APPLE_TEAM_ID", ""),
                "settings": {
                    "certificate_key": env.str("APPLE_PRIVATE_KEY", "").replace("\\n", "\n"),
                    "hidden": place > 0,
                },
            }
            for place, client_id in enumerate(_apple_ids)
        ]
    },
    "google": {
        "APPS": [
            {"client_id": client_id, "secret": env.str("GOOGLE_CLIENT_SECRET", ""), "settings": {"hidden": place > 0}}
            for place, client_id in enumerate(_google_ids)
        ]
    },
}

# ── E-mail ───────────────────────────────────────────────────────────────────────────────────────────────────────────
# EMAIL_URL: console: (printed to the log), submission://USER:PASSWORD@HOST:587, smtp://HOST:25, file:///FOLDER
_email = env.dj_email_url("EMAIL_URL", "console:")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _email["EMAIL_HOST"], _email["EMAIL_PORT"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_USER"], _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = _email["EMAIL_USE_TLS"], _email["EMAIL_USE_SSL"]
EMAIL_FILE_PATH = urlsplit(env.str("EMAIL_URL", "console:")).path  # dj-email-url takes the first slash off
EMAIL_TIMEOUT = _email["EMAIL_TIMEOUT"] or 10  # a web thread waits for it
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Garderobe <garderobe@localhost>")

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# ── Database ─────────────────────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'garderobe.sqlite3'}", conn_max_age=600)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Readers never wait for the writer; a writer waits for its turn instead of failing (IMMEDIATE takes the lock
        # before it reads, so that no transaction has to be thrown away half-way).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────
# STORAGE_URL: empty for files in the data folder, or s3://BUCKET?endpoint_url=…&region_name=… (extra `s3`).
STORAGE_URL = env.str("STORAGE_URL", "")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(DATA_DIR / "pictures")))


def file_storage(address: str) -> dict[str, object]:
    """Where pictures lie, as Django wants to be told. Empty: in files."""
    if not address:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    url = urlsplit(address)
    if url.scheme != "s3":
        raise ValueError("STORAGE_URL starts with s3://")
    # The bucket stays private: pictures are served by our own views. A large one waits on the disk, not in memory,
    # while it is sent.
    facts = {"file_overwrite": False, "max_memory_size": 2 * 2**20}
    return {
        "BACKEND": "images.object_storage.ObjectStorage",
        "OPTIONS": {"bucket_name": url.netloc, **facts, **dict(parse_qsl(url.query))},
    }


STATIC_URL = "/static/"
STORAGES = {
    "default": file_storage(STORAGE_URL),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_URL_LIFETIME_S = env.int("MEDIA_URL_LIFETIME_S", 3600)  # of an address to a picture that is not public
# Server-Sent Events: each open stream holds a thread of a web process, so this stays well below gunicorn's --threads.
SSE_STREAMS = env.int("SSE_STREAMS", 12)
SSE_STREAMS_PER_USER = env.int("SSE_STREAMS_PER_USER", 4)
SSE_MAX_S = env.float("SSE_MAX_S", 60.0)  # then the client comes back, perhaps to another process
WHITENOISE_USE_FINDERS = True  # serves the admin's and the API page's files without a collectstatic step
WHITENOISE_AUTOREFRESH = False
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20  # JSON bodies; pictures have their own limit in mlcore.images

# ── Redis, Celery ────────────────────────────────────────────────────────────────────────────────────────────────────
REDIS_URL = env.str("REDIS_URL", f"unix://{embedded.redis_socket()}")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "serializer": "config.throttling.JSONSerializer"},
    }
}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for Redis for as long as it takes
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("TASK_VISIBILITY_S", 180),  # above the longest task; then a lost message comes back
    "socket_timeout": 10,
    "socket_connect_timeout": 3,
    "priority_steps": [0, 1, 2, 3],  # images/queueing.py
    "retry_policy": {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.5},
}
CELERY_TASK_IGNORE_RESULT = True  # rows hold the state; who waits for an answer waits in images/replies.py
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 55  # under DESCRIBE_LEASE_S: whoever holds a lease is alive
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_DEFAULT_QUEUE = "index"
# `online`: somebody waits, or it is short; the sweeper too, since behind an import's pictures it would never run.
# `uploads` (images/services.py): users' pictures. The worker for imports takes from it and from `index`, by priority:
# an upload waits for one batch of an import, and for few of somebody else's pictures (images/services.py: TURNS).
CELERY_TASK_ROUTES = {f"images.{name}": {"queue": "online"} for name in ("describe_now", "describe_box", "sweep")}
CELERY_TASK_ROUTES |= {
    name: {"queue": "online"} for name in ("rest.forget_requests", "privacy.sweep", "accounts.forget_sessions")
}
CELERY_TASK_ROUTES |= {"catalog.withdraw_looks": {"queue": "online"}}
CELERY_TASK_ROUTES |= {"outfits.sweep": {"queue": "online"}}
CELERY_TASK_ROUTES |= {"recommendations.sweep": {"queue": "online"}}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "images.sweep": {"task": "images.sweep", "schedule": schedule(env.int("SWEEP_EVERY_S", 15))},
    "images.erase_expired": {"task": "images.erase_expired", "schedule": schedule(60)},
    "images.reconcile": {"task": "images.reconcile", "schedule": schedule(6 * 3600)},
    "images.sweep_storage": {"task": "images.sweep_storage", "schedule": schedule(24 * 3600)},
    "accounts.forget_sessions": {"task": "accounts.forget_sessions", "schedule": schedule(6 * 3600)},
    "catalog.withdraw_looks": {"task": "catalog.withdraw_looks", "schedule": schedule(60)},
    "rest.forget_requests": {"task": "rest.forget_requests", "schedule": schedule(3600)},
    "privacy.sweep": {"task": "privacy.sweep", "schedule": schedule(60)},
    "privacy.sweep_exports": {"task": "privacy.sweep_exports", "schedule": schedule(3600)},
    "outfits.take_census": {"task": "outfits.take_census", "schedule": schedule(24 * 3600)},
    "outfits.sweep": {"task": "outfits.sweep", "schedule": schedule(60)},
    "outfits.sweep_covers": {"task": "outfits.sweep_covers", "schedule": schedule(3600)},
    "recommendations.sweep": {"task": "recommendations.sweep", "schedule": schedule(60)},
    "recommendations.roll_up": {"task": "recommendations.roll_up", "schedule": schedule(24 * 3600)},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

# ── Milvus ───────────────────────────────────────────────────────────────────────────────────────────────────────────
MILVUS_URI = env.str("MILVUS_URI", f"unix:{embedded.milvus_socket()}")
MILVUS_TOKEN = env.str("MILVUS_TOKEN", "")

# ── The two flows ────────────────────────────────────────────────────────────────────────────────────────────────────
DESCRIBE_BATCH = 16  # pictures in one task: the embedder is no faster per picture beyond it
DESCRIBE_LEASE_S = env.int("DESCRIBE_LEASE_S", 60)  # a worker that holds a picture for longer is taken for dead
DESCRIBE_ATTEMPTS = 4  # then the row is FAILED with its reason
QUEUE_PATIENCE_S = env.int("QUEUE_PATIENCE_S", 600)  # a picture that waits for longer is queued once more
ONLINE_TIMEOUT_S = env.float("ONLINE_TIMEOUT_S", 10.0)  # then the query answers 503 with Retry-After
QUERY_PICTURES_KEPT_S = env.int("QUERY_PICTURES_KEPT_S", 24 * 3600)
ANONYMOUS_PICTURES_KEPT_S = env.int("ANONYMOUS_PICTURES_KEPT_S", 3600)

# How surely a user's picture shows nudity, 0..1: from where moderators are asked to look, from where it is refused.
SAFETY_HOLD = env.float("SAFETY_HOLD", 0.4)
SAFETY_BLOCK = env.float("SAFETY_BLOCK", 0.8)

# ── Privacy ──────────────────────────────────────────────────────────────────────────────────────────────────────────
EXPORTS_KEPT_S = env.int("EXPORTS_KEPT_S", 3 * 24 * 3600)  # then the ZIP is erased; a new one can be asked for

# ── Search ───────────────────────────────────────────────────────────────────────────────────────────────────────────
SEARCH_QUALITY_WEIGHT = env.float("SEARCH_QUALITY_WEIGHT", 0.02)  # similarity that the worst picture costs
RESULTS_KEPT_S = env.int("RESULTS_KEPT_S", 900)  # for further pages of the same result set

# ── Outfits ──────────────────────────────────────────────────────────────────────────────────────────────────────────
SUGGESTIONS_KEPT_S = env.int("SUGGESTIONS_KEPT_S", 6 * 3600)  # then photographs that are new by then count too

# ── Recommendations ──────────────────────────────────────────────────────────────────────────────────────────────────
RECOMMENDATION_SEEN_DAYS = env.int("RECOMMENDATION_SEEN_DAYS", 14)  # in which a feed shows nothing twice
RECOMMENDATION_LOG_DAYS = env.int("RECOMMENDATION_LOG_DAYS", 90)  # what was shown, viewed and opened is kept; no fewer
RECOMMENDATION_WEIGHTS: dict[str, float] = env.dict("RECOMMENDATION_WEIGHTS", {}, subcast_values=float)  # name=number,…

# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
IDEMPOTENCY_KEPT_S = env.int("IDEMPOTENCY_KEPT_S", 24 * 3600)  # a retry with the same key gets the same answer
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.SessionToken",
        "accounts.authentication.ApiKeyInHeader",
        "rest_framework.authentication.SessionAuthentication",  # the API page in the browser, after /admin/
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["images.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "rest.schema.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest.pages.CursorPages",
    "PAGE_SIZE": 30,
    "DEFAULT_THROTTLE_CLASSES": ["config.throttling.Throttle"],
    "DEFAULT_THROTTLE_RATES": {
        # per address or user; searches by picture run a model, the others do not
        "read": env.str("THROTTLE_READ", "1200/min"),
        "picture": env.str("THROTTLE_PICTURE", "300/min"),
        "anonymous_picture": env.str("THROTTLE_ANONYMOUS_PICTURE", "30/min"),
        "key_read": env.str("THROTTLE_KEY_READ", "1200/min"),
        "key_picture": env.str("THROTTLE_KEY_PICTURE", "300/min"),
        "report": env.str("THROTTLE_REPORT", "60/hour"),
        "api_keys": env.str("THROTTLE_API_KEYS", "30/hour"),  # made by one user: each key has a count of its own
        "export": env.str("THROTTLE_EXPORT", "6/hour"),  # each writes a ZIP of everything anew
    },
    "NUM_PROXIES": NUM_PROXIES,
    "EXCEPTION_HANDLER": "config.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Garderobe",
    "DESCRIPTION": "Find the garments of a photograph, and garments like them.",
    "OAS_VERSION": "3.1.0",  # 3.0 has no true way to say that an object may be null
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "tryItOutEnabled": True},
    "ENUM_NAME_OVERRIDES": {
        "CategoryEnum": "images.models.CATEGORY_CHOICES",
        "ImageStatusEnum": "images.serializers.STATUSES",
        "GarmentStatusEnum": "images.serializers.GARMENT_STATUSES",
        "ImageKindEnum": "images.models.Kind",
        "LikeKindEnum": "catalog.like_serializers.KINDS",
        "SeasonsEnum": "wardrobe.serializers.SEASON_CHOICES",
        "ReasonEnum": "moderation.models.Reason",
        "NoSuggestionsEnum": "outfits.suggestion_serializers.REASONS",
        "RepeatKindEnum": "outfits.plan_serializers.KINDS",
        "WorkStatusEnum": "images.models.CutOut",  # of exports too
    },
}

# ── Log ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "filters": {"no_secrets": {"()": "config.log.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_secrets"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"celery.app.trace": {"level": "WARNING"}, "celery.worker.strategy": {"level": "WARNING"}},
}
