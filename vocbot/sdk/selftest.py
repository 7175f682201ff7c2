"""A request that proves the way in and means nothing: signed like a sender's, read as "a check of the set-up".

`SelfTest.sample` of the ports builds it with `signed`, and `parse` of the same connector knows it with `is_sample`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from vocbot.sdk.errors import VocbotError
from vocbot.sdk.schemes import SCHEMES, Scheme
from vocbot.sdk.signing import sign
from vocbot.sdk.wire import Request

MARK = "vocbot.self_test"


def is_sample(body: Any) -> bool:
    """Whether a JSON body is a sample of ours."""
    return isinstance(body, dict) and body.get("type") == MARK


def signed(scheme: str | Scheme, secret: str, url: str, now: datetime) -> Request:
    """A sample to `url`, signed at `now`. Raises VocbotError where the scheme cannot be signed from this side."""
    rule = SCHEMES[scheme] if isinstance(scheme, str) else scheme
    # Chinese, so that something in between that touches the encoding is found out
    content: dict[str, Any] = {"type": MARK, "note": "vocbot 自检", "time": now.isoformat()}
    if rule.time and rule.time.where == "body":
        content[rule.time.name] = int(now.timestamp() * (1000 if rule.time.unit == "ms" else 1))
    body = json.dumps(content, ensure_ascii=False).encode()
    try:
        added = sign(rule, secret, body, now, url=url)
    except ValueError:
        raise VocbotError("the configured secret has not the form that the scheme uses") from None
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    headers = {"content-type": "application/json"}
    if rule.in_query:
        url += ("&" if query else "?") + urlencode(added)
        query |= added
    else:
        headers |= added
    return Request("POST", url, headers, body, query)
