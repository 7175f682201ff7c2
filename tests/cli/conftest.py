"""The verbs as a person types them."""

from tests.test_cli import run  # noqa: F401
