"""The contract of outward ports: one call does a thing once, and an error says truly whether it was done."""

from __future__ import annotations

import gc
import json
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from vocbot.sdk.document import Document, Quote, paragraph
from vocbot.sdk.errors import OutcomeUnknown, Rejected, Retryable
from vocbot.sdk.manifest import Manifest, PortName
from vocbot.sdk.receipt import Receipt
from vocbot.sdk.testing.contract import Case, Subject, wrong
from vocbot.sdk.testing.contract_acts import ACTS, PLAIN, Act, Trial, article, draft
from vocbot.sdk.testing.documents import NASTY, long_document, nasty_document
from vocbot.sdk.testing.standin import Fault


def cases(manifest: Manifest) -> Iterator[Case]:
    """Every act against every fault, and what some ports have of their own."""
    for act in ACTS:
        if act.port in manifest.ports:
            yield from (Case(f"{act.name}: {name}", partial(run, act)) for name, run in _EVERY.items())
    for port, found in _OWN.items():
        if port in manifest.ports:
            yield from (Case(f"{port}: {name}", run) for name, run in found.items())


def _fault(method: str, path: str, kind: Any, status: int = 503, **more: Any) -> Fault:
    return Fault(f"^{method} {path}$", kind, status, **more)


# -- every act


def _is_done_once_and_found(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    if trial.findable:
        assert trial.find("ticket:VOC-42:1") is None, "something is found before it was written"
    receipt = trial.do("ticket:VOC-42:1")
    assert isinstance(receipt, Receipt)
    assert receipt.status == "sent"
    assert receipt.ref
    assert trial.effects("ticket:VOC-42:1") == 1, "one call must have one effect, which the stand-in notes with key="
    if trial.findable:
        _finds(trial, "ticket:VOC-42:1", receipt)
        assert trial.find("ticket:VOC-42:10") is None, "another key that begins alike is taken for ours"
        assert trial.find("ticket:VOC-42") is None, "a part of a key is taken for the key"


def _finds(trial: Trial, key: str, receipt: Receipt | None = None) -> None:
    found = trial.find(key)
    assert found is not None, "it was done, and find does not see it: it would be done twice"
    assert found.status == "already"
    assert receipt is None or found.ref == receipt.ref, f"find says {found.ref}, the write said {receipt.ref}"


def _too_many_requests_means_later(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    method, path = trial.call()
    error = trial.fail(_fault(method, path, "answer", 429, headers={"Retry-After": "7"}), "k:1")
    assert isinstance(error, Retryable), f"429 became {type(error).__name__}"
    if method != "SMTP":  # which has no such header
        assert error.after == 7.0, f"Retry-After: 7 became {error.after}"
    assert trial.effects("k:1") == 0
    assert trial.do("k:1").status == "sent"
    assert trial.effects("k:1") == 1


def _an_error_before_the_work_leaves_nothing(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    method, path = trial.call()
    for number, status in enumerate((500, 502, 503, 504)):
        error = trial.fail(_fault(method, path, "answer", status, body={"error": "down"}), f"k:{number}")
        assert not isinstance(error, Rejected) or method == "SMTP", f"HTTP {status} is no refusal for good"
        assert trial.effects(f"k:{number}") == 0, "one attempt: who repeats is the core"
        if trial.findable:
            assert trial.find(f"k:{number}") is None
    assert trial.do("k:0").status == "sent"


def _an_error_after_the_work_leaves_doubt(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    method, path = trial.call()
    if method == "SMTP":  # whose error reply is a promise that the letter was not taken
        return
    for number, status in enumerate((500, 502, 504)):
        error = trial.fail(_fault(method, path, "error_after", status, body={}), f"k:{number}")
        assert isinstance(error, OutcomeUnknown), (
            f"it happened, HTTP {status}, and the port says {type(error).__name__}"
        )
        assert trial.effects(f"k:{number}") == 1
        if trial.findable:
            _finds(trial, f"k:{number}")


def _a_lost_answer_leaves_doubt(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    error = trial.fail(_fault(*trial.call(), "drop"), "k:1")
    assert isinstance(error, OutcomeUnknown), f"it happened, and the port says {type(error).__name__}"
    assert trial.effects("k:1") == 1, "the request was sent again by somebody"
    if trial.findable:
        _finds(trial, "k:1")


def _a_page_instead_of_an_answer_is_no_success(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    method, path = trial.call()
    if method == "SMTP":
        return
    for number, body in enumerate((b"<html>maintenance</html>", {}, [], {"ok": False, "error": "not_today"})):
        error = trial.fail(_fault(method, path, "answer", 200, body=body), f"k:{number}")
        assert isinstance(error, OutcomeUnknown | Rejected), f"HTTP 200 with {body!r} became {type(error).__name__}"


def _a_dead_peer_means_later(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    subject.standin.stop()
    try:
        trial.do("k:1")
    except Retryable as error:
        subject.heard(error)
    except (Rejected, OutcomeUnknown) as error:
        raise AssertionError(f"nothing left this machine, and the port says {type(error).__name__}") from None


def _a_silent_peer_is_given_up_in_time(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    method, path = trial.call()
    subject.timeout = 0.5
    trial.port = subject.port(act.port)
    begun = time.monotonic()
    error = trial.fail(_fault(method, path, "drip", seconds=50_000.0), "k:1")
    assert isinstance(error, OutcomeUnknown), f"it happened, and the port says {type(error).__name__}"
    taken = time.monotonic() - begun
    assert taken < 4.0, f"{taken:.0f} s for a request that the context gives {subject.timeout} s"
    del error, trial
    with warnings.catch_warnings():  # urllib leaves the connection of a lost answer to the collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _wrong_credentials_are_rejected(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    trial.port = subject.port(act.port, wrong(subject.settings))
    try:
        trial.do("k:1")
    except Rejected as error:
        subject.heard(error)
    else:
        raise AssertionError("any credentials will do")
    assert trial.effects("k:1") == 0


def _too_much_text_is_cut_and_sent(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    for number, language in enumerate(("zh", "en")):
        assert trial.do(f"k:{number}", long_document(language)).status == "sent"
        assert trial.effects(f"k:{number}") == 1


def _markup_of_customers_arrives_as_text(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    for number, language in enumerate(("zh", "en")):
        assert trial.do(f"k:{number}", nasty_document(language)).status == "sent"
        assert trial.effects(f"k:{number}") == 1
    for number, text in enumerate(NASTY):
        document = replace(PLAIN, title=text, blocks=(paragraph(text), Quote(text, text)))
        assert trial.do(f"n:{number}", document).status == "sent"
    broken = [entry for entry in subject.standin.log() if str(entry.get("verdict", "")).startswith("contract")]
    assert not broken, f"the peer would refuse it: {broken[0]['verdict']}"


def _an_empty_document_is_no_crash(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    try:
        trial.do("k:1", Document("en", "title only", ()))
    except Rejected as error:
        subject.heard(error)


def _many_at_once_are_kept_apart(act: Act, subject: Subject) -> None:
    trial = Trial(act, subject)
    refs = [trial.do(f"many:{number}").ref for number in range(12)]
    assert [trial.effects(f"many:{number}") for number in range(12)] == [1] * 12
    if trial.findable:
        for number in (0, 1, 11):
            found = trial.find(f"many:{number}")
            assert found is not None
            assert found.ref == refs[number], "find takes one write for another"


ActCheck = Callable[[Act, Subject], None]

_EVERY: Mapping[str, ActCheck] = {
    "is done once and found": _is_done_once_and_found,
    "too many requests means later": _too_many_requests_means_later,
    "an error before the work leaves nothing": _an_error_before_the_work_leaves_nothing,
    "an error after the work leaves doubt": _an_error_after_the_work_leaves_doubt,
    "a lost answer leaves doubt": _a_lost_answer_leaves_doubt,
    "a page instead of an answer is no success": _a_page_instead_of_an_answer_is_no_success,
    "a dead peer means later": _a_dead_peer_means_later,
    "a silent peer is given up in time": _a_silent_peer_is_given_up_in_time,
    "wrong credentials are rejected": _wrong_credentials_are_rejected,
    "too much text is cut and sent": _too_much_text_is_cut_and_sent,
    "markup of customers arrives as text": _markup_of_customers_arrives_as_text,
    "an empty document is no crash": _an_empty_document_is_no_crash,
    "many writes are kept apart": _many_at_once_are_kept_apart,
}


# -- what some ports have of their own


def _tracker_updates_links_and_says_where_tickets_stand(subject: Subject) -> None:
    tracker = subject.port("ticket_tracker")
    first, second = (tracker.create(draft(f"ticket:VOC-{n}:1", PLAIN)).ref for n in (1, 2))
    assert tracker.update(first, draft("ticket:VOC-1:1", PLAIN)).ref == first
    tracker.link(first, second)
    tracker.link(first, second)
    found = tracker.find("ticket:VOC-1:1")
    assert found is not None, "an update took the key away"
    assert found.ref == first, "an update took the key away"
    gone = str(int(second) + 77_777) if second.isdigit() else f"{second}-gone"
    stand = {change.ref: change for change in tracker.status([first, second, gone])}
    assert set(stand) == {first, second, gone}, "every ticket that is asked for is answered for"
    assert (stand[first].status, stand[first].outcome) == ("open", None)
    assert stand[gone].status == "deleted"
    assert all(change.time.tzinfo is not None for change in stand.values())


def _approver_settles_a_question(subject: Subject) -> None:
    target, approver = subject.target("approver"), subject.port("approver")
    asked = approver.ask("approve:1", target, PLAIN)
    before = len(subject.standin.log())
    assert approver.settle(asked.ref, target, PLAIN).ref == asked.ref
    sent = subject.standin.log()[before:]
    assert any(entry["effects"] for entry in sent), "settling changed nothing"
    assert "token-1" not in json.dumps(sent), "the settled question still has buttons"
    assert approver.find("approve:1", target) is not None, "a settled question is not found any more"


def _knowledge_base_publishes_what_was_drafted(subject: Subject) -> None:
    base = subject.port("knowledge_base")
    for language in ("zh", "en"):
        made = article(f"faq:{language}", replace(PLAIN, language=language))
        drafted = base.draft(made)
        assert base.publish(drafted.ref, made).ref == drafted.ref
        assert base.publish(drafted.ref, made).ref == drafted.ref, "publishing twice changes nothing"
        found = base.find(made.key)
        assert found is not None
        assert found.ref == drafted.ref


def _desk_tags_a_customer(subject: Subject) -> None:
    customer, desk = subject.target("desk"), subject.port("desk")
    tags = ["voc-42", "优惠券", "two words", "a,b\x00"]
    assert desk.tag(customer, tags).status in ("sent", "already")
    assert desk.tag(customer, tags).status in ("sent", "already")
    broken = [entry for entry in subject.standin.log() if str(entry.get("verdict", "")).startswith("contract")]
    assert not broken, f"the peer would refuse it: {broken[0]['verdict']}"


_OWN: Mapping[PortName, Mapping[str, Callable[[Subject], None]]] = {
    "ticket_tracker": {
        "updates, links and says where tickets stand": _tracker_updates_links_and_says_where_tickets_stand
    },
    "approver": {"settles a question": _approver_settles_a_question},
    "knowledge_base": {"publishes what was drafted": _knowledge_base_publishes_what_was_drafted},
    "desk": {"tags a customer": _desk_tags_a_customer},
}
