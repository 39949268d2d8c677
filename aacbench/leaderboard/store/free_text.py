"""Text that somebody else wrote, made safe for where it is shown: the one place where that is done.

`plain` leaves out what a reader cannot see: control characters, and those that turn the direction of what follows.
The others put plain text into Markdown, a spreadsheet's cell or a line of a log. HTML is escaped by Jinja, which is
given `plain` text.
"""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
_MARKS = re.compile(r"([\\`*_{}\[\]()#!|~])")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # full-width forms count as well
_COMMAND = re.compile(r"^\s*::|##\[")


def plain(text: str) -> str:
    """Return one line of text without control characters and marks of direction; each run of them is a blank."""
    return _UNSEEN.sub(" ", text).strip() if _UNSEEN.search(text) else text


def markdown(text: str) -> str:
    """Return text that Markdown and HTML take for nothing but text, also where GitHub would make a link of it."""
    safe = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKS.sub(r"\\\1", safe).replace("://", ":&#47;&#47;").replace("www.", "www&#46;").replace("@", "&#64;")


def cell(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula: one that begins like that has an apostrophe in front."""
    if not isinstance(value, str):
        return value
    text = plain(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def log_line(text: str) -> str:
    """Return one line for a log; it begins no workflow command, whatever a record says."""
    return _COMMAND.sub(lambda match: match[0].replace("::", ": :").replace("##[", "## ["), plain(text))
