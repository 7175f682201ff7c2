"""An FAQ draft from the best agent answer: question, answer, steps, evidence. Support leads decide about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from vocbot.config.model import FaqSettings, Mode
from vocbot.deliveries.payload import dump
from vocbot.deliveries.plan import cancel, plan
from vocbot.locale import say
from vocbot.sdk.document import Block, Document, Heading, bullets, paragraph
from vocbot.store.audit import append
from vocbot.store.tables import Answer, Conversation, Delivery, FaqDraft, Feedback, Issue, Mention
from vocbot.text.guard import verbatim

SHORTEST, LONGEST = 20, 600  # characters of an answer that can stand alone
VARIANTS = 4
GOES_ON = ("但", "不过", "可是", "然而", "but ", "but,", "however")  # the second half of a sentence is no question
RISK_WORDS = (
    "退款",
    "赔",
    "补偿",
    "保证",
    "承诺",
    "法律",
    "refund",
    "compensat",
    "guarantee",
    "promise",
    "legal",
    "voucher",
)
_SENTENCE = re.compile(r"(?<=[。！？!?；;])|(?<=[.])\s+|\n")
# what was true for one customer only, or on one day
_PERSONAL = re.compile(
    r"\b(I have|I've|I will|I'll|we have (issued|sent|refunded)|your (order|parcel|account|address)|your last)\b"
    r"|\b(today|tonight|tomorrow|yesterday)\b|[$€£¥￥] ?[0-9]|[0-9] ?(yuan|rmb|dollars?|euros?|pounds?)\b"
    r"|我(已|已经|这边|给您|帮您|刚)|给您(开|补|退|发)|(已|帮)(为您|您)|您的(订单|包裹|账号|地址)|查到"
    r"|今天|今晚|明天|昨天|[0-9] ?[元块]",
    re.IGNORECASE,
)
# goes on about what was said before, and means nothing without it
_GOES_ON = re.compile(r"(it|they|this|that|these|those|he|she)\b|它|这样", re.IGNORECASE)
_GREETING = re.compile(
    r"^(您好|你好|亲|尊敬的|hi\b|hello\b|dear\b|good (morning|afternoon)|thanks? (you )?for|感谢您|非常抱歉|抱歉|sorry"
    r"|we apolog|不好意思|谢谢)|(祝您|感谢您的|best regards|kind regards|have a (nice|great)|let us know|欢迎再次"
    r"|随时联系)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Faqs:
    """What drafting needs from the configuration."""

    settings: FaqSettings
    mode: Mode


def draft_faqs(session: Session, faqs: Faqs, issue: Issue, now: datetime) -> list[FaqDraft]:
    """Draft an entry per language in which enough agents have answered; none twice for one generation."""
    if faqs.settings.connector is None:
        return []
    return [draft for language in ("zh", "en") if (draft := _draft(session, faqs, issue, language, now)) is not None]


def expire(session: Session, issue: Issue, generation: int, now: datetime) -> list[FaqDraft]:
    """The problem is gone: its drafts are stale, and what was not published yet will not be."""
    drafts = session.exec(
        select(FaqDraft).where(
            FaqDraft.issue_id == issue.id,
            FaqDraft.generation <= generation,
            col(FaqDraft.status).in_(("draft", "approved", "published")),
        )
    ).all()
    acts = session.exec(
        select(Delivery).where(col(Delivery.act).in_(("faq", "publish")), Delivery.subject == issue.name)
    ).all()
    for draft in drafts:
        draft.status = "stale"
        session.add(draft)
        append(session, now, "vocbot", "faq stale", issue.name, draft=draft.id)
        for act in acts:
            if act.payload["draft"] == draft.id:
                cancel(session, act, now, "the answer is stale")
    return list(drafts)


def faq_token(draft: FaqDraft) -> str:
    """What a support lead decides about: this draft, as it reads now."""
    return f"faq:{draft.id}:{draft.revision}" if draft.revision else f"faq:{draft.id}"


def faq_document(draft: FaqDraft, issue: Issue, solved: int | None = None) -> Document:
    """The entry as people read it; with `solved` (how many answers ended their conversation) as its approver does."""
    language = draft.language
    blocks: list[Block] = []
    if solved is not None:
        blocks.append(paragraph(say(language, "faq.draft", issue=issue.name)))
        blocks += [Heading(say(language, "faq.question"), 3), paragraph(draft.question)]
    if draft.variants and solved is not None:
        blocks += [paragraph(say(language, "faq.variants")), bullets(draft.variants)]
    blocks += [Heading(say(language, "faq.answer"), 3), paragraph(draft.answer)]
    if draft.steps:
        blocks += [Heading(say(language, "faq.steps"), 3), bullets(draft.steps, ordered=True)]
    if solved is not None:
        blocks.append(paragraph(say(language, "faq.based", seen=draft.answers_seen, solved=solved)))
        if draft.risk_words:
            blocks.append(paragraph(say(language, "faq.risk", words=", ".join(draft.risk_words))))
    return Document(language, draft.question, tuple(blocks))


def _draft(session: Session, faqs: Faqs, issue: Issue, language: str, now: datetime) -> FaqDraft | None:
    known = session.exec(
        select(FaqDraft.id).where(
            FaqDraft.issue_id == issue.id, FaqDraft.generation == issue.generation, FaqDraft.language == language
        )
    ).first()
    if known is not None:
        return None
    answers = _answers(session, issue, language)
    if len(answers) < faqs.settings.min_answers:
        return None
    best = max(answers, key=lambda found: _worth(found, [a.text for a, _ in answers]))[0]
    questions = _questions(session, issue, language)
    if not questions:
        return None
    sentences = _body(best.text)
    draft = FaqDraft(
        issue_id=issue.id or 0,
        generation=issue.generation,
        language=language,
        question=say(language, "faq.title_question", title=issue.title(language)),
        variants=questions,
        answer=sentences[0],
        steps=sentences[1:],
        answer_ids=[best.id or 0],
        answers_seen=len(answers),
        answers_solved=sum(solved for _, solved in answers),
        risk_words=sorted({w for w in RISK_WORDS if w in best.text.lower()}),
        created_at=now,
    )
    session.add(draft)
    session.flush()
    assert faqs.settings.connector is not None
    plan(
        session,
        key=f"faq:{issue.name}:{issue.generation}:{language}",
        act="faq",
        connector=faqs.settings.connector,
        now=now,
        mode=faqs.mode,
        approval=faq_token(draft),
        subject=issue.name,
        payload={
            "draft": draft.id,
            "title": draft.question,
            "locale": language,
            "document": dump(faq_document(draft, issue)),
            "labels": ["voc", issue.name.lower()],
        },
    )
    append(session, now, "vocbot", "faq drafted", issue.name, draft=draft.id, language=language)
    return draft


def _answers(session: Session, issue: Issue, language: str) -> list[tuple[Answer, bool]]:
    """Answers in conversations about the Issue, and whether the conversation was solved after them."""
    query = (
        select(Answer, Conversation.status)
        .join(
            Feedback,
            (col(Feedback.conversation) == col(Answer.conversation)) & (col(Feedback.source) == col(Answer.source)),
        )
        .join(Mention, col(Mention.feedback_id) == col(Feedback.id))
        .join(
            Conversation,
            (col(Conversation.ref) == col(Answer.conversation)) & (col(Conversation.source) == col(Answer.source)),
        )
        .where(Mention.issue_id == issue.id, Answer.language == language, Feedback.bucket != "superseded")
        .order_by(col(Answer.id))
    )
    found = {answer.id: (answer, status != "open") for answer, status in session.exec(query).all()}
    return [
        (answer, solved)
        for answer, solved in found.values()
        if (body := _body(answer.text)) and not any("[" in s for s in body) and SHORTEST <= len(answer.text) <= LONGEST
    ]


def _worth(found: tuple[Answer, bool], others: list[str]) -> float:
    """Answers that helped, that colleagues give, too, that have steps, and that are not about one customer only."""
    answer, solved = found
    mine, body = _bigrams(answer.text), _body(answer.text)
    agreement = sum(len(mine & _bigrams(o)) / max(1, len(mine | _bigrams(o))) for o in others) / len(others)
    personal = sum(bool(_PERSONAL.search(sentence)) for sentence in _all(answer.text)) / len(_all(answer.text))
    return 0.5 * solved + 2.0 * agreement + 0.15 * min(4, len(body)) - personal


def _questions(session: Session, issue: Issue, language: str) -> list[str]:
    """How customers put it, the most typical first, each said differently; nothing with hidden personal data, nothing
    that also stands in a public post."""
    rows = session.exec(
        select(Mention.text, Feedback.public)
        .join(Feedback, col(Feedback.id) == col(Mention.feedback_id))
        .where(Mention.issue_id == issue.id, Feedback.language == language, Feedback.bucket != "superseded")
        .order_by(col(Mention.id))
    ).all()
    posts = [text for text, public in rows if public]
    texts = [
        t
        for t in dict.fromkeys(text.strip() for text, public in rows if not public)
        if "[" not in t and not verbatim([t], posts) and 6 <= len(t) <= 90 and not t.lower().startswith(GOES_ON)
    ]
    grams = {t: _bigrams(t) for t in texts}
    typical = sorted(
        texts, key=lambda t: -sum(len(grams[t] & grams[o]) / max(1, len(grams[t] | grams[o])) for o in texts)
    )
    chosen: list[str] = []
    for text in typical:
        if all(len(grams[text] & grams[c]) / max(1, len(grams[text] | grams[c])) < 0.5 for c in chosen):
            chosen.append(text)
    return chosen[:VARIANTS]


def _body(text: str) -> list[str]:
    """The sentences that answer everybody: without greeting, farewell, and what concerned one customer or led in."""
    kept: list[str] = []
    before = True
    for sentence in _all(text):
        about_one = _GREETING.search(sentence) or _PERSONAL.search(sentence) or sentence.endswith((":", "："))
        before = not about_one and (before or not _GOES_ON.match(sentence))
        if before:
            kept.append(sentence)
    return kept


def _all(text: str) -> list[str]:
    return [s for part in _SENTENCE.split(text) if len(s := part.strip()) > 3]


def _bigrams(text: str) -> set[str]:
    low = text.lower()
    return {low[i : i + 2] for i in range(len(low) - 1)}
