"""Articles in Guide: created as drafts, published when somebody approved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from connectors.zendesk.client import Client, number
from connectors.zendesk.config import GuideSettings, ZendeskSettings
from connectors.zendesk.fragment import fragment
from vocbot.sdk.errors import OutcomeUnknown, Rejected
from vocbot.sdk.ports import Article, Context
from vocbot.sdk.receipt import Receipt

CENTRE = "/api/v2/help_center"
NEWEST = {"sort_by": "created_at", "sort_order": "desc"}
LIMIT = 100_000  # bytes


class ZendeskGuide:
    """The knowledge_base port. A receipt's `ref` is the article's id."""

    def __init__(self, settings: ZendeskSettings, context: Context) -> None:
        self._client = Client(settings, context.timeout)
        self._guide = settings.guide

    def draft(self, article: Article) -> Receipt:
        """Create a draft that subscribers hear nothing of. The key becomes a label."""
        guide, section, locale = self._place(article)
        body = {
            "article": {
                "title": article.title,
                "body": fragment(article.document, LIMIT),
                "locale": locale,
                "permission_group_id": guide.permission_group_id,
                "user_segment_id": guide.user_segment_id,
                "draft": True,
                "label_names": [_label(article.key), *article.labels],
            },
            "notify_subscribers": False,
        }
        answer = self._client.write("POST", f"{CENTRE}/sections/{section}/articles.json", body)
        made = answer.get("article")
        if not isinstance(made, dict) or not made.get("id"):
            raise OutcomeUnknown("POST of an article: no id in the answer")
        return _receipt("sent", made)

    def find(self, key: str) -> Receipt | None:
        """The article that carries `key` as a label. Lists the sections, newest first: search does not see drafts."""
        label = _label(key).casefold()
        for section in (self._guide.sections if self._guide else {}).values():
            for made in self._client.pages(f"{CENTRE}/sections/{section}/articles.json", NEWEST, "articles"):
                names = made.get("label_names")
                if label in (str(name).casefold() for name in (names if isinstance(names, list) else ())):
                    return _receipt("already", made)
        return None

    def publish(self, ref: str, article: Article) -> Receipt:
        """Show the article to readers with the text that was approved. Doing it twice changes nothing."""
        _, _, locale = self._place(article)
        path = f"{CENTRE}/articles/{number(ref, 'article')}/translations/{locale}.json"
        translation = {"title": article.title, "body": fragment(article.document, LIMIT), "draft": False}
        answer = self._client.write("PUT", path, {"translation": translation})
        shown = answer.get("translation")
        url = shown.get("html_url") if isinstance(shown, dict) else None
        return Receipt("sent", ref, url=url if isinstance(url, str) else None)

    def _place(self, article: Article) -> tuple[GuideSettings, int, str]:
        place = self._guide.place(article.locale) if self._guide else None
        if self._guide is None or place is None:
            raise Rejected(f"no Guide section is configured for {article.locale}")
        return self._guide, *place


def _label(key: str) -> str:
    return f"vocbot:{key}"


def _receipt(status: Literal["sent", "already"], article: Mapping[str, Any]) -> Receipt:
    url = article.get("html_url")
    return Receipt(status, str(article["id"]), url=url if isinstance(url, str) else None)
