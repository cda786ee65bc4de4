"""Pictures for the tests of the whole: the fixtures of tests/images."""

from tests.images.conftest import make_image, prepared

__all__ = ["make_image", "prepared"]
