"""Texts that look alike: they differ by case, invisible characters or Unicode's normal forms."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """What a reader tells `text` by: the same for all spellings that look alike; maybe empty."""
    if text.isascii():
        return " ".join(text.split()).casefold()
    composed = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(filter(_visible, composed)).split())


def difference(one: str, other: str) -> str:
    """In what two texts differ that look alike."""
    if one.casefold() == other.casefold():
        return "case"
    forms = [unicodedata.normalize("NFKC", text).casefold() for text in (one, other)]
    return "the normal form of their characters" if forms[0] == forms[1] else "invisible characters"


def _visible(character: str) -> bool:
    # Format characters, and marks that choose between shapes of the one before.
    return unicodedata.category(character) != "Cf" and not "\ufe00" <= character <= "\ufe0f"
