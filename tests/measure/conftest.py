"""The world that the tests of the stages share."""

from tests.world import build_fixture, warm_store_fixture, world_fixture  # noqa: F401
