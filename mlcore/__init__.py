"""Pixels in, numbers out: detection, description and nearest-garment search. Knows no Django and no Celery."""
