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
    "accounts",
    "images",
    "catalog",
    "wardrobe",
    "search",
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
_file_storage: dict[str, object] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
if STORAGE_URL:
    _url = urlsplit(STORAGE_URL)
    if _url.scheme != "s3":
        raise ValueError("STORAGE_URL starts with s3://")
    _options = dict(parse_qsl(_url.query))
    _file_storage = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": _url.netloc, "querystring_auth": True, "file_overwrite": False, **_options},
    }
STATIC_URL = "/static/"
STORAGES = {
    "default": _file_storage,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
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
# `uploads` (images/services.py): users' pictures. The worker for imports takes from it and from `index` in turn, so an
# upload waits for one batch of an import and not for all of them.
CELERY_TASK_ROUTES = {f"images.{name}": {"queue": "online"} for name in ("describe_now", "describe_box", "sweep")}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "images.sweep": {"task": "images.sweep", "schedule": schedule(env.int("SWEEP_EVERY_S", 15))},
    "images.erase_expired": {"task": "images.erase_expired", "schedule": schedule(60)},
    "images.reconcile": {"task": "images.reconcile", "schedule": schedule(6 * 3600)},
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

# ── Search ───────────────────────────────────────────────────────────────────────────────────────────────────────────
SEARCH_QUALITY_WEIGHT = env.float("SEARCH_QUALITY_WEIGHT", 0.02)  # similarity that the worst picture costs
RESULTS_KEPT_S = env.int("RESULTS_KEPT_S", 900)  # for further pages of the same result set

# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "config.authentication.Basic",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["images.parsers.StrictJSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "PAGE_SIZE": 30,
    "DEFAULT_THROTTLE_CLASSES": ["config.throttling.Throttle"],
    "DEFAULT_THROTTLE_RATES": {
        # per address or user; searches by picture run a model, the others do not
        "read": env.str("THROTTLE_READ", "1200/min"),
        "picture": env.str("THROTTLE_PICTURE", "300/min"),
        "anonymous_picture": env.str("THROTTLE_ANONYMOUS_PICTURE", "30/min"),
    },
    "NUM_PROXIES": env.int("NUM_PROXIES", 0),
    "EXCEPTION_HANDLER": "config.problems.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Garderobe",
    "DESCRIPTION": "Find the garments of a photograph, and garments like them.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": True, "tryItOutEnabled": True},
    "ENUM_NAME_OVERRIDES": {"CategoryEnum": "images.models.CATEGORY_CHOICES"},
}

# ── Log ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"celery.app.trace": {"level": "WARNING"}, "celery.worker.strategy": {"level": "WARNING"}},
}
