from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.jira import MANIFEST
from connectors.jira.standin import JiraStandin
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.events import TicketChanged
from vocbot.sdk.ports import TicketTracker
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.standin import Fault

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
KEY = "ticket:VOC-42:1"


def test_create_writes_what_the_draft_says_in_one_post(
    tracker: Any, jira: JiraStandin, flavour: str, draft: Callable[..., Any], calls: Callable[..., Any]
) -> None:
    receipt = tracker.create(draft())

    assert isinstance(tracker, TicketTracker)
    assert receipt == Receipt("sent", receipt.ref, "APP-1", f"{jira.url}/browse/APP-1")
    ticket = jira.world.tickets[receipt.ref]
    assert ticket.fields["summary"] == draft().summary
    assert ticket.fields["priority"]["name"] == "Highest"
    assert ticket.fields["issuetype"]["name"] == "Bug"
    assert ticket.fields["duedate"] == "2026-12-01"
    assert ticket.fields["labels"] == ["voc", "voc-42", "voc-src-qiyu", "vocbot-ticket.VOC-42.1"]
    assert ticket.properties == {
        "vocbot": {"key": KEY, "issue": "VOC-42", "project": "APP"},
        "vocbot-evidence": {"evidence": "3f9c", "rules": "17"},
    }
    (post,) = calls("POST", "/issue")
    description = post["body"]["fields"]["description"]
    if flavour == "cloud":
        assert (description["type"], description["version"]) == ("doc", 1)
    else:
        assert "明明写着可用" in description and "{quote}" in description
    (effect,) = jira.effects("ticket_created")
    assert effect == {"effect": "ticket_created", "key": KEY, "ref": receipt.ref, "jira_key": "APP-1"} | {
        "summary": draft().summary
    }


def test_the_screen_is_read_once_and_again_after_a_refusal(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any], calls: Callable[..., Any]
) -> None:
    tracker.create(draft(key="a"))
    tracker.create(draft(key="b"))
    assert len(calls("GET", "/issuetypes")) == 1

    jira.world.screen = tuple(name for name in jira.world.screen if name != "priority")
    with pytest.raises(Rejected, match="priority"):
        tracker.create(draft(key="c"))
    assert tracker.create(draft(key="c")).status == "sent"
    assert "priority" not in calls("POST", "/issue")[-1]["body"]["fields"]


def test_settings_choose_priority_components_and_due_date(
    port: Callable[..., Any], jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    tracker = port(
        "ticket_tracker",
        priorities={"P1": "2", "P2": "lowest"},
        components={"src-qiyu": "checkout", "other": "App"},
        due_dates=False,
        label_prefix="kunde",
    )
    fields = jira.world.tickets[tracker.create(draft(priority="P2")).ref].fields
    assert fields["priority"]["name"] == "Lowest"
    assert fields["components"] == [{"id": "10100", "name": "Checkout"}]
    assert "duedate" not in fields
    assert fields["labels"][:3] == ["kunde", "kunde-voc-42", "kunde-src-qiyu"]
    assert jira.world.tickets[tracker.create(draft(key="2")).ref].fields["priority"]["name"] == "High"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"issue_type": "Vorfall"}, "no issue type Vorfall; it has: Task, Bug"),
        ({"project": "NOPE"}, "HTTP 404"),
        ({"priorities": {"P1": "Blocker"}}, "no priority for P1"),
    ],
)
def test_create_refuses_before_the_post_what_the_project_lacks(
    port: Callable[..., Any],
    jira: JiraStandin,
    changes: dict[str, Any],
    reason: str,
    draft: Callable[..., Any],
    calls: Callable[..., Any],
) -> None:
    with pytest.raises(Rejected, match=reason):
        port("ticket_tracker", **changes).create(draft())
    assert calls("POST", "/issue") == []


def test_find_sees_the_ticket_by_its_key_in_any_state(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    made = tracker.create(draft())
    tracker.create(draft(key="ticket:VOC-42:11"))
    found = replace(made, status="already")
    assert tracker.find(KEY) == found
    assert tracker.find("ticket:voc-42:1") is None  # JQL takes labels without regard to case
    jira.move(made.ref, "Done", "Won't Do")
    assert tracker.find(KEY) == found
    jira.transfer(made.ref, "OPS")
    assert tracker.find(KEY) == replace(found, key=jira.world.tickets[made.ref].key, url=tracker.find(KEY).url)
    jira.delete(made.ref)
    assert tracker.find(KEY) is None


def test_find_prefers_the_ticket_to_its_clones_over_all_pages(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    jira._page = 1
    made = tracker.create(draft())
    clones = [jira.clone(made.ref), jira.clone(made.ref)]
    tickets = jira.world.tickets
    jira.world.tickets = {ref: tickets[ref] for ref in (*clones, made.ref)}
    assert tracker.find(KEY).ref == made.ref
    jira.world.tickets[made.ref].properties.clear()
    assert tracker.find(KEY).ref == made.ref


def test_find_does_not_take_another_installations_ticket(
    tracker: Any, port: Callable[..., Any], jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    made = tracker.create(draft())
    value = jira.world.tickets[made.ref].properties["vocbot"]
    jira.world.tickets[made.ref].properties["vocbot"] = {**value, "project": "STAGE"}
    assert tracker.find(KEY) is None
    del jira.world.tickets[made.ref].properties["vocbot"]
    assert tracker.find(KEY).ref == made.ref
    jira.world.tickets[made.ref].fields["project"] = {"key": "STAGE"}
    assert tracker.find(KEY) is None


def test_search_lags_but_the_ticket_is_there(tracker: Any, jira: JiraStandin, draft: Callable[..., Any]) -> None:
    jira.world.lag = 0.3
    made = tracker.create(draft())
    assert tracker.find(KEY) is None
    assert [event.status for event in tracker.status([made.ref])] == ["open"]
    time.sleep(0.35)
    assert tracker.find(KEY).ref == made.ref
    assert MANIFEST.find_lag >= 5


def test_a_dropped_answer_is_one_post_and_an_unknown_outcome(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any], calls: Callable[..., Any]
) -> None:
    jira.faults.add(Fault("POST /rest/api/./issue$", "drop", times=9))
    with pytest.raises(OutcomeUnknown):
        tracker.create(draft())
    assert len(calls("POST", "/issue")) == 1
    assert len(jira.effects("ticket_created")) == 1
    assert tracker.find(KEY).status == "already"


def test_threads_share_one_tracker(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any], calls: Callable[..., Any]
) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda number: tracker.create(draft(key=f"ticket:VOC-{number}:1")), range(16)))
    assert len({receipt.ref for receipt in made}) == 16
    assert sorted(effect["key"] for effect in jira.effects("ticket_created")) == sorted(
        f"ticket:VOC-{number}:1" for number in range(16)
    )
    assert len(calls("GET", "/issuetypes")) == 1


@pytest.mark.parametrize("flavour", ["datacenter"])
@pytest.mark.parametrize("fault", [Fault("PUT", "answer", 403, times=2), Fault("PUT", "drop", times=2)])
def test_a_lost_second_request_does_not_lose_the_ticket(
    tracker: Any, jira: JiraStandin, fault: Fault, caplog: pytest.LogCaptureFixture, draft: Callable[..., Any]
) -> None:
    jira.faults.add(fault)
    made = tracker.create(draft())
    assert made.status == "sent"
    assert "stands without its property" in caplog.text
    jira.world.tickets[made.ref].properties.clear()
    assert tracker.find(KEY).ref == made.ref


def test_update_overwrites_its_fields_and_leaves_the_rest(
    tracker: Any, port: Callable[..., Any], jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    made = tracker.create(draft())
    fields = jira.world.tickets[made.ref].fields
    fields["labels"] = [*fields["labels"], "team-blue"]
    before = list(fields["labels"])
    news = draft(key="update:VOC-42:7", summary="now 400", priority="P2", labels=("hot",), properties={"evidence": "b"})

    port("ticket_tracker", update_fields=["summary"]).update(made.ref, news)
    assert (fields["summary"], fields["priority"]["name"]) == ("now 400", "Highest")
    assert tracker.update(made.ref, news).ref == made.ref
    assert fields["priority"]["name"] == "High"
    assert fields["labels"] == [*before, "voc-hot"]
    assert jira.world.tickets[made.ref].properties["vocbot"]["key"] == KEY  # an update has its own key
    assert jira.world.tickets[made.ref].properties["vocbot-evidence"] == {"evidence": "b"}
    assert tracker.find(KEY).ref == made.ref
    with pytest.raises(Rejected, match="404"):
        tracker.update("999", news)


def test_comments_are_internal_and_found_by_key_over_pages(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any], document: Callable[..., Any], calls: Callable[..., Any]
) -> None:
    jira._page = 2
    ref = tracker.create(draft()).ref
    for number in range(3):
        tracker.comment(ref, f"comment:{number}", document("复发"))
    jira.world.tickets[ref].comments.append({"id": "77", "body": "human", "properties": []})
    last = tracker.comment(ref, "comment:last", document("复发"))
    assert tracker.find_comment(ref, "comment:last") == Receipt("already", last.ref)
    assert tracker.find_comment(ref, "comment:9") is None
    assert [effect["key"] for effect in jira.effects("comment_added")][-1] == "comment:last"
    sent = calls("POST", "/comment")[0]["body"]["properties"]
    assert {"key": "sd.public.comment", "value": {"internal": True}} in sent


def test_a_comment_whose_answer_was_lost_is_found(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any], document: Callable[..., Any]
) -> None:
    ref = tracker.create(draft()).ref
    jira.faults.add(Fault("POST .*/comment$", "error_after", 500))
    with pytest.raises(OutcomeUnknown):
        tracker.comment(ref, "comment:1", document())
    assert tracker.find_comment(ref, "comment:1") is not None
    assert len(jira.effects("comment_added")) == 1


def test_linking_twice_does_nothing(tracker: Any, jira: JiraStandin, draft: Callable[..., Any]) -> None:
    refs = [tracker.create(draft(key=key)).ref for key in "abc"]
    tracker.link(refs[0], refs[1])
    tracker.link(refs[0], refs[1])
    tracker.link(refs[1], refs[0])
    assert len(jira.effects("linked")) == 1
    tracker.link(refs[0], refs[2])
    assert len(jira.effects("linked")) == 2
    jira.world.links[0]["type"] = "Duplicate"  # another relation is no reason to leave ours out
    tracker.link(refs[0], refs[1])
    assert len(jira.effects("linked")) == 3


def test_status_tells_state_outcome_move_and_deletion(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    refs = [tracker.create(draft(key=key)).ref for key in "abcd"]
    then = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    jira.move(refs[1], "In Progress", time=then)
    jira.move(refs[2], "Done", "Won't Do", version="5.4.1", time=then)
    jira.transfer(refs[1], "OPS")
    jira.delete(refs[3])
    new_key = jira.world.tickets[refs[1]].key
    assert new_key.startswith("OPS-")
    assert tracker.status(refs) == [
        TicketChanged(refs[0], "APP-1", "open", None, NOW),
        TicketChanged(refs[1], new_key, "in_progress", None, then),
        TicketChanged(refs[2], "APP-3", "done", "wont_do", then, "5.4.1"),
        TicketChanged(refs[3], refs[3], "deleted", None, NOW),
    ]
    assert tracker.status([]) == []


def test_status_reads_many_and_asks_for_no_more_than_allowed(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    refs = [jira.clone(tracker.create(draft()).ref)]
    refs += [jira.clone(refs[0]) for _ in range(120)]
    assert [event.ref for event in tracker.status(refs)] == refs


def test_a_hidden_project_is_not_taken_for_deleted_tickets(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any]
) -> None:
    ref = tracker.create(draft()).ref
    jira.denied = {"BROWSE_PROJECTS"}
    with pytest.raises(Rejected, match="cannot be browsed"):
        tracker.status([ref])


@pytest.mark.parametrize("flavour", ["cloud"])
def test_tickets_that_jira_could_not_read_just_now_are_not_gone(tracker: Any, jira: JiraStandin) -> None:
    errors = {"issues": [], "issueErrors": [{"id": "1", "errorMessage": "retry"}]}
    jira.faults.add(Fault("bulkfetch", "answer", 200, body=errors))
    with pytest.raises(Retryable):
        tracker.status(["1"])


def test_texts_survive_markup_emoji_nul_and_length(
    tracker: Any, jira: JiraStandin, draft: Callable[..., Any], document: Callable[..., Any]
) -> None:
    nasty = "{code}<b>|a|\x00😀\u202e[x|javascript:1]{quote}\r\nh1. x"
    made = tracker.create(draft(summary=nasty * 30, document=document(nasty, "长" * 40_000, "😀" * 40_000)))
    assert made.status == "sent"
    tracker.update(made.ref, draft(document=document("😀" * 40_000)))
    assert tracker.comment(made.ref, "k", document(nasty, "长" * 40_000)).status == "sent"
    assert "\x00" not in str(jira.log())
