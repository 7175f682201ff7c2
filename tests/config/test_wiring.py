"""Ids that must exist, and can do what is asked of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Problems = Callable[..., list[str]]

CONNECTORS = """
connectors:
  desk: {type: zendesk, subdomain: a, client_id: c, client_secret: env:SECRET}
  tickets: {type: jira, site: https://a.example, email: a@b.example, api_token: env:SECRET, project: A}
  chat: {type: slack, bot_token: env:SECRET, signing_secret: env:SECRET}
  mail: {type: email, host: localhost, from_address: a@b.example}
"""


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("tickets: {connector: chat}",
         "tickets.connector: 'chat' (slack) is no ticket tracker; these are: tickets"),
        ("approvals: {connector: mail, target: x}",
         "approvals.connector: 'mail' (email) is no approver; these are: chat"),
        ("faq: {connector: tickets}", "faq.connector: 'tickets' (jira) is no knowledge base; these are: desk"),
        ("reports: {connector: desk, target: x}",
         "reports.connector: 'desk' (zendesk) is no channel; these are: chat"),
        ("notices: {via: [mail, chat]}", "notices.via[1]: 'chat' (slack) is no replier; these are: desk, mail"),
        ("notices: {via: [maill]}", "notices.via[0]: there is no connector with the id 'maill'; did you mean 'mail'?"),
        ("digests: [{name: a, connector: jira, target: C1}]",
         "digests[0](a).connector: there is no connector with the id 'jira'; allowed: desk, tickets, chat, mail"),
        ("digests: [{name: a, connector: mail, target: C1}]",
         "digests[0](a).connector: 'mail' (email) is no channel; these are: chat"),
        ("approvals: {connector: chat}", "approvals.connector: where to post is not said; add `target:` to approvals"),
        ("reports: {connector: chat, target: ''}",
         "reports.connector: where to post is not said; add `target:` to reports"),
        ("modes: {notice: auto}",
         "modes.notice: auto would show customers what nobody approved; use `approve`, or name who "
         "signed the rule in notices.signed_by"),
        ("modes: {faq: auto}", "modes.faq: auto would show customers what nobody approved; use `approve`, or name who "
         "signed the rule in notices.signed_by"),
    ],
)  # fmt: skip
def test_what_does_not_fit(problems: Problems, section: str, said: str) -> None:
    assert problems(section + CONNECTORS) == [f"1: {said}"]


def test_what_fits(problems: Problems) -> None:
    text = (
        "modes: {ticket: auto, digest: auto, report: auto, faq: auto, notice: auto}\n"
        "tickets: {connector: tickets}\n"
        "digests: [{name: a, connector: chat, target: C1}, {name: b, connector: chat, target: C1}]\n"
        "approvals: {connector: chat, target: C2}\n"
        "faq: {connector: desk}\n"
        "notices: {via: [mail, desk], signed_by: Li Na}\n"
        "reports: {connector: chat, target: C3}\n"
    )
    assert problems(text + CONNECTORS) == []


def test_nobody_can(problems: Problems) -> None:
    text = "tickets: {connector: m}\nconnectors:\n  m: {type: email, host: h, from_address: a@b.c}\n"
    assert problems(text) == [
        "1: tickets.connector: 'm' (email) is no ticket tracker; configure one; see `vocbot connectors`"
    ]
    assert problems("tickets: {connector: m}\n") == [
        "1: tickets.connector: there is no connector with the id 'm'; add it under `connectors:`"
    ]


def test_two_digests_of_one_name(problems: Problems) -> None:
    digest = "  - {name: weekly, connector: chat, target: C1}\n"
    assert problems(CONNECTORS + "digests:\n" + digest * 3) == [
        "9: digests[1](weekly).name: 'weekly' is taken; give each digest a name of its own",
        "10: digests[2](weekly).name: 'weekly' is taken; give each digest a name of its own",
    ]


def test_a_connector_that_is_wrong_itself_is_not_reported_twice(problems: Problems) -> None:
    assert problems("tickets: {connector: t}\nconnectors:\n  t: {type: jra}\n") == [
        "3: connectors.t.type: there is no connector 'jra'; did you mean 'jira'?"
    ]
