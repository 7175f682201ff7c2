"""The weekly digest: the week of its slot, nothing said again, both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.world import COUPON, CRASH, World, moment, said
from vocbot.sdk.document import Quote
from vocbot.store.tables import Digest, Feedback, Timer
from vocbot.tell.digest import plan_digest
from vocbot.text.phrases import phrases

MONDAY = moment("2026-11-09T09:07+08:00")


def begin(world: World) -> None:
    with world.write() as session:
        world.loop.begin(session)


def write(world: World, slot: datetime = MONDAY, language: str = "en") -> str | None:
    """The digest of a slot as people read it."""
    settings = next(d for d in world.settings.digests if d.language == language)
    with world.write() as session:
        delivery = plan_digest(session, world.loop.digests, settings, slot, world.clock.now())
    return world.texts("digest")[-1] if delivery is not None else None


def magic(world: World, people: int, day: str, phrase: str = "like a magic trick", prefix: str = "m") -> None:
    """So many people use a phrase on a day."""
    whys = ("the coupon is gone", "it charged me twice", "nothing happened", "prices changed", "it went away")
    world.take(
        *(
            world.feedback(
                f"{phrase}, {whys[n % 5]} number {n}", f"{prefix}{day}{n}", time=moment(f"{day}T12:00+08:00")
            )
            for n in range(people)
        )
    )


def others(world: World, people: int, time: datetime) -> None:
    """So many who say something else."""
    world.take(
        *(world.feedback(f"The parcel number {n} is for my sister.", f"o{time}{n}", time=time) for n in range(people))
    )


def test_the_words_of_the_week_before_its_slot(world: World) -> None:
    magic(world, 2, "2026-11-01", "purple rain again", "p")  # a Sunday: the week before
    magic(world, 6, "2026-11-02")
    magic(world, 6, "2026-11-08", "purple rain again")
    magic(world, 9, "2026-11-09", "yellow submarine again")
    text = write(world)
    assert text is not None
    assert text.startswith("Customer language · 2026-W45 (2 November to 8 November)")
    assert "magic trick" in text and "6 mentions by 6 people" in text
    assert "yellow" not in text
    assert "Texts read: 12. Rules: shop v1." in text
    (digest,) = world.all(Digest)
    assert (digest.first_day, digest.last_day) == (date(2026, 11, 2), date(2026, 11, 8))


def test_its_period_does_not_depend_on_when_it_is_written(world: World) -> None:
    magic(world, 6, "2026-11-02")
    world.clock.move(timedelta(days=40))
    text = write(world)
    assert text is not None and "2 November to 8 November" in text and "Texts read: 6" in text


def test_a_new_phrase_and_one_that_rises(world: World) -> None:
    magic(world, 2, "2026-10-27", "purple rain again", "p")
    others(world, 20, MONDAY - timedelta(days=10))
    magic(world, 6, "2026-11-02", "purple rain again")
    magic(world, 6, "2026-11-03")
    text = write(world) or ""
    assert "not heard in the twelve weeks before" in text
    assert "times the usual" in text


def test_what_they_wrote_about_most(world: World) -> None:
    for day, people in (("2026-10-28", 2), ("2026-11-04", 5)):
        world.complain(people, time=moment(f"{day}T12:00+08:00"))
    world.complain(3, CRASH, first=50, time=moment("2026-11-05T12:00+08:00"))
    gone = world.say(said(CRASH)[0], "x", time=moment("2026-11-05T12:00+08:00"))
    world.say("never mind", "x", time=gone.time, external_id=gone.external_id, revision=1)
    part = (write(world) or "").partition("What people wrote about most")[2]
    assert [line for line in part.splitlines() if line.startswith("- ")] == [
        f"- {world.issue(COUPON).title_en}: 5 (2 the week before)",
        f"- {world.issue(CRASH).title_en}: 3 (0 the week before)",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_language_listens_to_its_own_customers(world: World, language: str) -> None:
    world.complain(12, language="zh", time=moment("2026-11-04T12:00+08:00"))
    world.complain(12, language="en", first=50, time=moment("2026-11-04T12:00+08:00"))
    text = write(world, language=language)
    assert text is not None
    chinese = any("一" <= c <= "鿿" for c in text)
    assert chinese == (language == "zh")
    assert {"zh": "共读 12 条", "en": "Texts read: 12"}[language] in text
    quotes = [b for b in world.documents("digest")[0].blocks if isinstance(b, Quote)]
    assert quotes and {q.text for q in quotes} <= set(said(COUPON, language))


def test_nothing_of_the_last_three_comes_again(world: World) -> None:
    for week in range(5):
        magic(world, 6, (date(2026, 11, 2) + timedelta(weeks=week)).isoformat())
    heard = ["magic" in (write(world, MONDAY + timedelta(weeks=week)) or "") for week in range(4)]
    assert heard == [True, False, False, False]


@pytest.mark.parametrize(("others_then", "again"), [(0, True), (26, False)])
def test_unless_its_lift_has_doubled(world: World, others_then: int, again: bool) -> None:
    for days in (9, 3):
        others(world, 20, MONDAY - timedelta(days=days))
    magic(world, 1, "2026-10-20")
    magic(world, 5, "2026-11-03")
    first = write(world) or ""
    magic(world, 25 if again else 22, "2026-11-10")
    others(world, others_then, MONDAY + timedelta(days=1))
    week, before = (
        [(f.text, str(f.person_id)) for f in world.all(Feedback) if (f.day >= date(2026, 11, 9)) == now]
        for now in (True, False)
    )
    lift = next(p.lift for p in phrases(week, before) if "magic" in p.text)
    second = write(world, MONDAY + timedelta(weeks=1)) or ""
    one = next(float(entry.split(" ")[0]) for d in world.all(Digest) for entry in d.phrases if "magic" in entry)
    assert "magic" in first
    assert lift > one and (lift >= 2 * one) == again == ("magic" in second)


@pytest.mark.parametrize(("copies", "people"), [(60, "1 people"), (6, "6 people")])
def test_a_text_that_many_pass_on_is_one_voice(world: World, copies: int, people: str) -> None:
    """A few may have found the same words by themselves; sixty have copied them."""
    magic(world, 4, "2026-11-03")
    pasted = "Urgent! The owner of this shop has run away with all the money, do not buy here, tell ten groups"
    at = moment("2026-11-04T12:00+08:00")
    world.take(*(world.feedback(pasted + "!" * (n % 3), f"copy{n}", time=at) for n in range(copies)))
    text = write(world) or ""
    assert "magic" in text
    assert ("run away" in text) == (people == "6 people")
    assert f"Texts read: {4 + int(people.split()[0])}" in text


def test_no_digest_before_anybody_listened(world: World) -> None:
    assert write(world) is None
    assert world.deliveries() == [] and world.all(Digest) == []
    magic(world, 1, "2026-11-03")
    assert write(world) is not None


def test_a_quiet_week_says_so(world: World) -> None:
    magic(world, 6, "2026-11-02")
    text = write(world, MONDAY + timedelta(weeks=1)) or ""
    assert "No phrase stood out this week." in text and "Texts read: 0" in text


def test_no_personal_data(world: World) -> None:
    magic(world, 6, "2026-11-02", "call 13812345678 or ann@example.com like a magic trick")
    text = write(world) or ""
    assert "magic trick" in text and "1381" not in text and "example.com" not in text
    assert "[PHONE" not in text.splitlines()[2]


def test_public_posts_are_not_quoted_word_for_word(world: World) -> None:
    words = "The whole thing works exactly like a magic trick that nobody here has ever asked for"
    world.take(*(world.feedback(words, f"m{n}", public=True, time=moment("2026-11-03T12:00+08:00")) for n in range(6)))
    assert words not in (write(world) or "")


# -- slots


def test_slots_run_on_mondays_where_the_owner_is(world: World) -> None:
    begin(world)
    assert {t.due_at for t in world.all(Timer)} == {MONDAY}
    for n, language in enumerate(("zh", "en")):
        world.complain(3, language=language, first=10 * n)
    world.go(days=12)
    digests = world.deliveries("digest")
    assert [d.key for d in digests] == ["digest:weekly-zh:2026-11-09T09:07", "digest:weekly-en:2026-11-09T09:07"]
    assert {d.planned_at for d in digests} == {MONDAY}
    assert {t.due_at for t in world.all(Timer, Timer.kind == "digest")} == {MONDAY + timedelta(weeks=1)}
    assert {d.target for d in digests} == {"C-zh", "C-en"}


def test_after_a_pause_every_slot_is_written_once(world: World) -> None:
    world.complain(6)
    begin(world)
    world.clock.move(timedelta(weeks=3))
    world.run()
    assert [d.slot for d in world.all(Digest, Digest.language == "en")] == [
        MONDAY + timedelta(weeks=n) for n in range(3)
    ]
    world.run()
    assert len(world.deliveries("digest")) == 3


def test_a_digest_that_comes_back_into_the_configuration_starts_again(build: Callable[..., World]) -> None:
    world = build()
    world.complain(6)
    begin(world)
    without = build(digests=[])
    without.go(days=8)
    assert without.deliveries("digest") == []
    world = build()
    begin(world)
    world.go(days=7)
    assert [d.slot for d in world.all(Digest, Digest.language == "en")] == [MONDAY + timedelta(weeks=1)]


@pytest.mark.parametrize(("mode", "state"), [("shadow", "shadow"), ("auto", "planned")])
def test_modes(build: Callable[..., World], mode: str, state: str) -> None:
    world: Any = build(modes={"digest": mode})
    world.complain(6)
    write(world)
    assert [d.state for d in world.deliveries("digest")] == [state]
