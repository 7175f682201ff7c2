"""The world and the site that the tests of the pages share."""

from tests.web.site import open_site, quick_passwords, site, switch  # noqa: F401
from tests.world import build_fixture, warm_store_fixture, world_fixture  # noqa: F401
