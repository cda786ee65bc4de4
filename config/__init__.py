"""The composition root: nothing imports it but what starts a process."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
