"""What a mail says: the text of its parts as a reader sees it, and of that the new words."""

from __future__ import annotations

from connectors.imap import charset, html, mime, quotes

LONGEST = 200_000  # characters; what follows is not read


def words(raw: bytes, answers: bool) -> str:
    """The new words of a mail; "" where it has none.

    One that answers nothing and is nothing but quotation (a forwarded complaint) is read as a whole. One that answers
    is not: what it quotes are our own words.
    """
    parts = _chosen(mime.texts(raw))
    new = quotes.new_words(_text(parts, without_quotes=True), answers)
    if new or answers:
        return new
    whole = _text(parts, without_quotes=False)
    return quotes.new_words(whole, answers) or whole


def _chosen(parts: list[mime.Part]) -> list[mime.Part]:
    """Of alternatives the plain one, unless it is empty."""
    plain = {part.choice for part in parts if part.choice and part.kind == "text/plain" and part.content.strip()}
    return [
        part
        for part in parts
        if not part.choice or (part.kind == "text/plain" if part.choice in plain else part.kind == "text/html")
    ]


def _text(parts: list[mime.Part], without_quotes: bool) -> str:
    found: list[str] = []
    room = LONGEST
    for part in parts:
        text = _read(part, without_quotes)[:room].strip()
        room -= len(text)
        if text:
            found.append(text)
    return "\n".join(found)


def _read(part: mime.Part, without_quotes: bool) -> str:
    text = charset.decode(part.content, part.headers.parameter("charset").decode("ascii", "replace"))
    if part.kind == "text/html":
        return html.to_text(text, without_quotes)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.headers.parameter("format").lower() == b"flowed":
        text = _unflowed(text, part.headers.parameter("delsp").lower() == b"yes")
    return text


def _unflowed(text: str, no_space: bool) -> str:
    """Lines that a program broke, joined again (RFC 3676): those that end in a space go on in the next."""
    made: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        line = line.removeprefix(" ")
        if goes_on and not quoted:
            made[-1] += line
        else:
            made.append(line)
        goes_on = line.endswith(" ") and line != "-- " and not quoted
        if goes_on and no_space:
            made[-1] = made[-1][:-1]
    return "\n".join(made)
