"""The collector leaves alone what was there, and still finds circles made later."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from vocbot.collector import collect_seldom


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()


class Node:
    other: Node | None = None


def test_what_lives_is_left_alone_and_circles_are_found() -> None:
    before = gc.get_threshold()[0]
    collect_seldom()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold()[0] > before
    node = Node()
    node.other = Node()
    node.other.other = node
    gone = weakref.ref(node)
    del node
    gc.collect()
    assert gone() is None
