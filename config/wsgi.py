"""What the web server runs."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Small matrix products in many threads at once would each wait for cores that the others have: five times as long.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

application = get_wsgi_application()

# Loaded now instead of by the first request, and then never looked at by the garbage collector again: it went through
# all of it every hundred requests, and whoever asked at that moment waited 0.18 s longer (docs/performance.md).
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
