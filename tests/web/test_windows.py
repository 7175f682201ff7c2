"""Editing in chat, on real HTTP: a signed press opens a window in time, what is written is kept or refused in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlmodel import Session, select

from connectors.slack import MANIFEST, standin_payloads
from connectors.slack.approver import SlackApprover
from connectors.slack.channel import SlackChannel
from connectors.slack.config import SlackSettings
from connectors.slack.standin import SECRET, SlackStandin
from tests.world import World
from vocbot.aftermath import Aftermath
from vocbot.config.load import Configuration
from vocbot.deliveries.payload import load
from vocbot.listen.intake import Intake
from vocbot.loop import Loop
from vocbot.opened import Opened
from vocbot.registry import Configured, Registry
from vocbot.sdk import events
from vocbot.sdk.ports import Context
from vocbot.sdk.testing.standin import Fault
from vocbot.store.tables import AuditEntry, FaqDraft, Inbound
from vocbot.web import windows
from vocbot.web.hooks import Hooks
from vocbot.web.windows import Windows

LEAD, PRODUCT, STRANGER = "U0LEAD01", "U0PROD01", "U0NOBODY"
ANSWER = "Please reload the page, then choose the coupon again. It is taken off before you pay, and nothing is lost."


@dataclass
class Chat:
    """A world that asks in a workspace, and the web server behind the workspace's request URL."""

    world: World
    slack: SlackStandin
    settings: SlackSettings
    context: Context
    loop: Loop

    def post(self) -> None:
        """Let what is planned for chat be posted; a draft of it has been asked about afterwards."""
        approver, channel = SlackApprover(self.settings, self.context), SlackChannel(self.settings, self.context)
        with self.world.write() as session:
            for planned in self.world.deliveries(state="planned"):
                delivery = session.merge(planned)
                document = load(delivery.payload["document"]) if "document" in delivery.payload else None
                if document is None or delivery.act not in ("ask", "settle", "answer"):
                    continue
                if delivery.act == "ask":
                    receipt = approver.ask(delivery.key, "C0STANDIN", document)
                elif delivery.act == "settle":
                    receipt = approver.settle(delivery.payload["ref"], "C0STANDIN", document)
                else:
                    receipt = channel.post(delivery.key, delivery.target, document)
                delivery.state, delivery.receipt = "sent", asdict(receipt)

    def edit(self, token: str, user: str = LEAD) -> float:
        """Press Edit; returns after how many seconds that was acknowledged."""
        begun = time.monotonic()
        assert self.slack.press(f"ask:{token}", "edit", user) == 200
        return time.monotonic() - begun

    def opened(self, user: str = LEAD) -> dict[str, str]:
        """What stands in the window that opens before somebody."""
        window = within(lambda: self.slack.window(user))
        return {name: value or "" for name, value in window["values"].items()}

    def answered(self) -> str:
        """What whoever pressed is told, alone."""
        within(lambda: self.world.deliveries("answer", "planned"))
        self.post()
        return str(self.slack.effects("response_posted")[-1]["text"])

    @property
    def draft(self) -> FaqDraft:
        return self.world.all(FaqDraft)[0]


def within(found: Callable[[], Any], seconds: float = 5.0) -> Any:
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)
    return value


@pytest.fixture
def chat(build: Callable[..., World], serve: Callable, tmp_path: Path) -> Iterator[Chat]:  # type: ignore[type-arg]
    approvals = {"connector": "slack", "target": "C0STANDIN"}
    world = build(modes={"notice": "approve", "ticket": "approve", "faq": "approve"}, approvals=approvals)
    slack = SlackStandin(tmp_path / "slack.jsonl", world.clock)
    slack.start()
    people = {LEAD: {"name": "Li Na", "role": "support_lead"}, PRODUCT: {"name": "Kim", "role": "product"}}
    settings = SlackSettings.model_validate({**slack.settings(), "people": people})
    context = Context("slack", world.clock, 5.0)
    loop = replace(world.loop, asker=replace(world.loop.asker, edits=True))
    world.loop, world.settled = loop, Aftermath(world.clock, loop.asker, loop.draft_faqs)
    opened = Opened(
        Configuration(world.settings, {}, None),
        Registry({}, ()),
        world.store,
        world.crypt,
        world.clock,
        {"slack": Configured(MANIFEST, settings, context, 0.0)},
    )
    intake = Intake(world.store, world.crypt, lambda: None)
    intake.start()
    hooks = Hooks(
        opened.ports("webhook_source"), intake, world.clock, "http://h", 200_000, Windows(opened, lambda: loop)
    )
    with serve(hooks) as url:
        slack.hook = f"{url}/hooks/slack"
        yield Chat(world, slack, settings, context, loop)
    intake.stop()
    slack.stop()


@pytest.fixture
def asked(chat: Chat) -> Chat:
    """An FAQ draft was asked about in the channel."""
    world = chat.world
    world.burst(people=6)
    world.decide(f"ticket:{world.issue().name}:1")
    world.take(*(events.AgentAnswer(f"a{n}", f"talk-c{n}", ANSWER, world.clock.now()) for n in range(6)))
    world.ticket()
    chat.post()
    return chat


def test_a_draft_is_edited_in_chat(asked: Chat) -> None:
    token = f"faq:{asked.draft.id}"
    message = next(m for m in asked.slack.messages("C0STANDIN") if m["key"] == f"ask:{token}")
    assert [b["action"] for b in message["buttons"]] == ["approve", "edit", "reject"]
    asked.edit(token)
    assert asked.opened() == {
        "question": asked.draft.question,
        "answer": asked.draft.answer,
        "steps": "\n".join(asked.draft.steps),
    }
    assert (
        asked.slack.save({"answer": "We refund the difference.\n\nWithin two days.", "steps": "Open it\n Choose "})
        == {}
    )
    assert asked.slack.window() is None
    draft = asked.draft
    assert (draft.answer, draft.steps) == ("We refund the difference.\n\nWithin two days.", ["Open it", "Choose"])
    assert (draft.revision, draft.risk_words, draft.status) == (1, ["refund"], "draft")
    entry = [e for e in asked.world.all(AuditEntry) if e.action == "faq edited"][-1]
    assert (entry.actor, entry.detail) == ("Li Na", {"draft": draft.id, "revision": 1})
    asked.post()
    old, new = asked.slack.messages("C0STANDIN")[-2:]
    assert old["edited"] and old["buttons"] == [] and "Edited by Li Na" in old["text"]
    assert new["key"] == f"ask:{token}:1" and "Within two days." in new["text"]
    assert not asked.world.decide(token) and asked.world.decide(f"{token}:1")
    with Session(asked.world.store.inbox) as inbox:
        assert inbox.exec(select(Inbound)).all() == [], "what is answered at once is not kept"


def test_what_cannot_be_published_is_refused_in_the_window(asked: Chat) -> None:
    asked.edit(f"faq:{asked.draft.id}")
    asked.opened()
    assert asked.slack.save({"answer": "call li.na@example.com"}) == {
        "answer": "There is personal data in it (EMAIL): nobody outside may read it."
    }
    assert asked.slack.save({"answer": "   "}) == {"answer": "This may not be empty."}
    assert asked.slack.save({"answer": "a", "steps": "s\n" * 21})["steps"] == "At most 20 lines fit here."
    assert "500 characters" in asked.slack.save({"steps": "s" * 501})["steps"]
    with pytest.raises(ValueError, match="too long"):  # Slack's own word
        asked.slack.save({"question": "q" * 201, "steps": ""})
    assert (asked.draft.revision, asked.draft.answer in ANSWER) == (0, True)
    assert asked.slack.save({"question": "q", "answer": "a"}) == {}


def test_a_stale_window_says_so_and_keeps_what_was_written(asked: Chat) -> None:
    token = f"faq:{asked.draft.id}"
    asked.edit(token)
    asked.opened()
    with asked.world.write() as session:
        seen = windows.now_under(session, token)
        assert seen is not None
        asked.loop.rewrite(session, token, seen.seen, {"question": "q", "answer": "theirs"}, "Somebody")
    (said,) = asked.slack.save({"answer": "mine"}).values()
    assert "somebody edited this text meanwhile" in said
    assert (asked.draft.answer, asked.slack.window() is not None) == ("theirs", True)
    asked.world.decide(f"{token}:1", by="Zhou Mei")
    assert "Zhou Mei has approved it already" in asked.slack.save({"answer": "mine"})["question"]


def test_saving_twice_keeps_it_once(asked: Chat) -> None:
    asked.edit(f"faq:{asked.draft.id}")
    asked.opened()
    window = asked.slack.window()
    assert window is not None and asked.slack.save({"answer": "Better."}) == {}
    asked.slack._windows[LEAD] = window  # as after an answer that was lost
    assert asked.slack.save() == {}
    assert (asked.draft.revision, asked.draft.answer) == (1, "Better.")


@pytest.mark.parametrize(
    ("user", "why"),
    [(PRODUCT, "your role (product) does not decide"), (STRANGER, "only people whom vocbot's settings name")],
)
def test_other_roles_get_no_window(asked: Chat, user: str, why: str) -> None:
    token = f"faq:{asked.draft.id}"
    asked.edit(token, user)
    assert why in asked.answered()
    assert asked.slack.window(user) is None
    # nor can they save what somebody else was shown
    asked.edit(token)
    asked.opened()
    asked.slack._windows[user] = asked.slack._windows[LEAD]
    assert asked.slack.save({"answer": "mine"}, user)
    assert asked.draft.revision == 0


def test_a_press_on_what_was_decided_is_answered(asked: Chat) -> None:
    token = f"faq:{asked.draft.id}"
    asked.world.decide(token, by="Zhou Mei")
    asked.edit(token)
    assert "Zhou Mei has approved it already" in asked.answered()


def test_a_text_that_no_window_holds_is_edited_on_the_console(asked: Chat) -> None:
    with asked.world.write() as session:
        session.merge(asked.draft).steps = ["s" * 400] * 9
    asked.edit(f"faq:{asked.draft.id}")
    said = asked.answered()
    assert "too long for a window" in said and f"/approvals/faq:{asked.draft.id}" in said
    assert not asked.slack.effects("window_opened")


@pytest.mark.parametrize(
    ("state", "values"),
    [("{", {"question": "q"}), ("{}", {"question": "q"}), ('{"token": "ticket:VOC-1:1", "seen": "x"}', {"a": "b"})],
)
def test_a_forged_window_changes_nothing(asked: Chat, state: str, values: dict[str, str]) -> None:
    view = {"type": "modal", "callback_id": "edit", "private_metadata": state, "blocks": []}
    form = standin_payloads.submission(view, values, LEAD, trigger="1.1")
    answer = asked.slack.ask(standin_payloads.signed(SECRET, str(asked.slack.hook), form, asked.world.clock.now()))
    assert list(answer["errors"]) == list(values)
    with pytest.raises(ValueError, match="401"):
        asked.slack.ask(standin_payloads.signed("other", str(asked.slack.hook), form, asked.world.clock.now()))
    assert asked.draft.revision == 0


# -- what a round of notices says


def test_the_words_of_a_round_are_edited_in_chat(chat: Chat) -> None:
    world = chat.world
    world.burst(people=6)
    world.complain(3, language="zh", first=50)
    world.decide(f"ticket:{world.issue().name}:1")
    world.ticket()
    world.finish(version="5.4.1")
    chat.post()
    token = "notice:CHANGE-1"
    chat.edit(token)
    assert chat.opened() == {"what_zh": "", "check_zh": "", "what_en": "", "check_en": ""}
    assert "personal data" in chat.slack.save({"what_en": "Ask li.na@example.com."})["what_en"]
    assert chat.slack.save({"what_en": "Coupons count again.", "what_zh": "优惠券又能用了。"}) == {}
    texts = world.texts("notice")
    assert all("Coupons count again." in text or "优惠券又能用了。" in text for text in texts)
    assert sum("优惠券又能用了。" in text for text in texts) == 3
    assert all("you told us: “" in text or "您跟我们说：“" in text for text in texts), "their own words stay"
    chat.post()
    new = chat.slack.messages("C0STANDIN")[-1]
    assert (
        new["key"] == f"ask:{token}:1" and "Coupons count again." in new["text"] and "优惠券又能用了。" in new["text"]
    )
    assert not world.decide(token) and world.decide(f"{token}:1")
    assert {d.state for d in world.deliveries("notice")} == {"planned"}


# -- in time


def test_a_press_is_acknowledged_before_the_window_is_made(asked: Chat) -> None:
    asked.slack.faults.add(Fault(on="views.open", kind="drip", seconds=2.5))
    assert asked.edit(f"faq:{asked.draft.id}") < 1.0
    asked.opened()


def test_a_window_that_comes_too_late_is_said(asked: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SlackStandin, "trigger_life", 0.0)
    asked.edit(f"faq:{asked.draft.id}")
    said = asked.answered()
    assert "could not be opened in time" in said and f"/approvals/faq:{asked.draft.id}" in said


def test_answers_come_in_time_while_the_database_is_busy(asked: Chat) -> None:
    """Something long has the only pen: presses and commands have their own file, what was written is answered."""
    token = f"faq:{asked.draft.id}"
    asked.edit(token)
    asked.opened()
    held, go_on = Event(), Event()

    def hold() -> None:
        with asked.world.write():
            held.set()
            go_on.wait(20)

    long = Thread(target=hold)
    long.start()
    try:
        assert held.wait(5)
        times = []
        for act in (
            lambda: asked.slack.press(f"ask:{token}", "reject"),
            lambda: asked.slack.slash("top"),
            lambda: asked.edit(token),
        ):
            begun = time.monotonic()
            act()
            times.append(time.monotonic() - begun)
        assert max(times) < 1.0
        within(lambda: len(asked.slack.effects("window_opened")) == 2)
        begun = time.monotonic()
        assert "vocbot is busy" in asked.slack.save({"answer": "Better."})["question"]
        assert time.monotonic() - begun < SlackStandin.patience
    finally:
        go_on.set()
        long.join()
    within(lambda: asked.draft.revision)
    window = asked.slack.window()
    assert window is not None
    assert asked.slack.save() == {}, "the second press finds it kept"
    assert asked.draft.answer == "Better."
