"""A correction changes what is shown and what later texts are read as; each is undone by itself; none is lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.world import COUPON, World, figures, matcher
from vocbot.data import heads
from vocbot.store.tables import Correction, Feedback, Issue, IssueDay, Mention
from vocbot.text.correcting import Lesson
from vocbot.understand.learning import Learning, lessons, teach, unteach
from vocbot.understand.lessons import taught
from vocbot.understand.sort import sort_into, unsort

WAS, LIKE, OTHER = "flamingo at the gate", "a flamingo at the gate again", "the parrot left"


@pytest.fixture
def learner(world: World) -> Iterator[World]:
    """A world that reads with what was corrected."""
    learning = Learning(world.store, matcher(), heads({}), 0.6)
    world.loop = replace(world.loop, classify=replace(world.loop.classify, understand=learning))
    yield world


def said(world: World, text: str) -> Feedback:
    return next(f for f in reversed(world.all(Feedback)) if f.text == text)


def tell(world: World, text: str, **right: str) -> None:
    with world.write() as session:
        feedback = session.get_one(Feedback, said(world, text).id)
        for head, labels in right.items():
            teach(session, feedback, head, labels.split("|"), "ann", world.clock.now())


def take_back(world: World, text: str, head: str) -> bool:
    with world.write() as session:
        return unteach(session, session.get_one(Feedback, said(world, text).id), head, world.clock.now())


def test_what_heads_read_is_kept_with_the_text(learner: World) -> None:
    learner.say("退款两周还没到账，客服也不回复")
    feedback = said(learner, "退款两周还没到账，客服也不回复")
    assert (feedback.intent, feedback.stage, feedback.severity) == ("complaint", "service", "medium")
    assert "service" in feedback.aspects
    assert feedback.polarity < -0.5 < 0.75 < feedback.confidence


def test_later_texts_are_read_as_corrected_and_others_as_before(learner: World) -> None:
    for text in (WAS, OTHER):
        learner.say(text)
    other = said(learner, OTHER)
    tell(learner, WAS, sentiment="negative", intent="leaving", stage="leave", severity="high", aspects="place|price")
    shown = said(learner, WAS)
    assert (shown.polarity, shown.confidence, shown.intent) == (-0.9, 1.0, "leaving")
    assert shown.aspects == ["place", "price"]
    for text in (WAS, LIKE, OTHER):
        learner.say(text, "bob")
    again, like, later = (said(learner, text) for text in (WAS, LIKE, OTHER))
    assert (again.intent, again.stage, again.severity) == ("leaving", "leave", "high")
    assert again.polarity < -0.8 and set(again.aspects) == {"place", "price"}
    assert (like.intent, like.stage) == ("leaving", "leave") and like.polarity < 0
    assert figures([later], "intent", "stage", "severity", "aspects") == figures(
        [other], "intent", "stage", "severity", "aspects"
    )
    assert (later.polarity > 0) == (other.polarity > 0)


def test_a_second_correction_leaves_the_first_and_undoing_one_leaves_the_other(learner: World) -> None:
    learner.say(WAS)
    learner.say(OTHER)
    before = said(learner, WAS).intent
    tell(learner, WAS, intent="leaving")
    tell(learner, OTHER, intent="request")
    learner.say(WAS, "bob")
    learner.say(OTHER, "bob")
    assert [said(learner, text).intent for text in (WAS, OTHER)] == ["leaving", "request"]
    first = learner.all(Feedback)[0]
    assert first.intent == "leaving"
    with learner.write() as session:
        assert unteach(session, session.get_one(Feedback, first.id), "intent", learner.clock.now())
    assert learner.all(Feedback)[0].intent == before
    learner.say(WAS, "eve")
    learner.say(OTHER, "eve")
    assert [said(learner, text).intent for text in (WAS, OTHER)] == [before, "request"]
    assert not take_back(learner, WAS, "intent")


def test_correcting_again_shows_what_was_first_when_it_is_undone(learner: World) -> None:
    learner.say(WAS)
    before = said(learner, WAS).stage
    tell(learner, WAS, stage="leave")
    tell(learner, WAS, stage="delivery")
    assert said(learner, WAS).stage == "delivery"
    with learner.store.read() as session:
        assert lessons(session)["stage"] == [Lesson(WAS, ("delivery",))]
    assert take_back(learner, WAS, "stage")
    assert said(learner, WAS).stage == before


def test_the_feeling_of_a_whole_text_is_that_of_its_mention_and_is_counted(learner: World) -> None:
    text = learner.complain(1)[0].text
    assert [d.negative for d in learner.all(IssueDay)] == [1]
    tell(learner, text, sentiment="positive")
    assert learner.all(Mention)[0].polarity == 0.9
    assert [d.negative for d in learner.all(IssueDay)] == [0]
    take_back(learner, text, "sentiment")
    assert [d.negative for d in learner.all(IssueDay)] == [1]


def test_words_of_who_is_forgotten_teach_nothing(learner: World) -> None:
    learner.say(WAS)
    tell(learner, WAS, intent="leaving")
    with learner.write() as session:
        session.get_one(Feedback, 1).text = ""
    with learner.store.read() as session:
        assert not any(lessons(session).values())


def test_sorting_by_hand_teaches_the_stage_and_taking_back_unteaches_it(learner: World) -> None:
    learner.complain(1, COUPON)
    learner.say(WAS, "polly")
    before = said(learner, WAS).stage
    with learner.write() as session:
        feedback = session.get_one(Feedback, said(learner, WAS).id)
        issue = session.get_one(Issue, learner.issue().id)
        assert sort_into(session, feedback, issue, "ann", learner.clock.now())
    assert said(learner, WAS).stage == learner.issue().stage == "purchase"
    learner.say(WAS, "bob")
    assert said(learner, WAS).stage == "purchase"
    with learner.write() as session:
        assert unsort(session, session.get_one(Feedback, feedback.id), "ann", learner.clock.now())
        assert session.get_one(Feedback, feedback.id).stage == before
    assert all(one.undone_at is not None for one in learner.all(Correction))


def test_contradictions_cost_the_older_half_and_are_said(caplog: pytest.LogCaptureFixture) -> None:
    given = {"intent": [Lesson("flamingo 12", ("leaving",)), Lesson("flamingo 34", ("request",))]}
    with caplog.at_level(logging.WARNING):
        better = taught(heads({}), given, 0.6)
    assert "contradict" in caplog.text
    assert better.read(["flamingo 56"], 0.6)[0].intent == "request"


def test_a_label_that_a_head_no_longer_gives_is_left_out() -> None:
    given = {"intent": [Lesson(WAS, ("window",)), Lesson(OTHER, ("request",))]}
    assert taught(heads({}), given, 0.6).read([OTHER], 0.6)[0].intent == "request"
