"""The token rules of the PTB tokenizer: at each place the rule with the longest match wins, the first of equals.

Caseless groups fold case as Unicode does (a long s is an s, a Kelvin sign a k); sets of letters stand as written.
Text behind a named group `t` is looked at, not consumed, but **does count** for the length of the match: `Inc.` with
the two characters behind it beats `Inc.x`. Patterns match the shapes of UTF-16 code units (see `characters`).
Rules were derived from the answers of stanford-corenlp-3.4.1 (options preserveLines, lowerCase) to some ten million
strings, and from the Penn Treebank's tokenisation conventions.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aacbench.text.ptb import rewrite, words
from aacbench.text.ptb.characters import CAPITALS, DIGITS, LETTERS, MARKS, SYMBOLS
from aacbench.text.ptb.words import any_of


class Rule(NamedTuple):
    """One token rule: its pattern, how its text is rewritten, and how its token ends."""

    pattern: re.Pattern[str]
    rewrite: rewrite.Rewrite
    first: str  # class of the characters it can start with; letters stand for all letters and marks, 0 for digits
    returns_stop: bool  # the full stop at the token's end is read again as a token of its own


RULES: list[Rule] = []


def _rule(first: str, pattern: str, action: rewrite.Rewrite = rewrite.keep, *, returns_stop: bool = False) -> None:
    RULES.append(Rule(re.compile(pattern), action, first, returns_stop))


WHITE = " \t\xa0\u2000-\u200a\u3000"
GAP = rf"[{WHITE}\n\x85]"  # white space or a line end, as lookaheads see it
ENTITY = r"&[aeiouAEIOU](?i:acute|grave|uml);"  # an accented letter spelt out
LETTER = rf"(?:[{LETTERS}{MARKS}\xad]|{ENTITY})"
CHAR = rf"(?:[{LETTERS}{MARKS}{DIGITS}\xad]|{ENTITY})"
PLAIN = rf"[{LETTERS}{DIGITS}]"
WORD = rf"{LETTER}{CHAR}*(?:[.!?]{LETTER}{CHAR}*)*"
APOSTROPHE = r"(?:['’\x92]|&apos;)"
ANY_APOSTROPHE = r"(?:['’\x92‘‛\x91`]|&apos;)"
TAG = (
    r"<(?:[!?][A-Za-z-][^>\r\n]*"
    r"|/[A-Za-z][A-Za-z0-9_:.-]* *"
    r"|[A-Za-z][A-Za-z0-9_:.-]*(?: +[A-Za-z][A-Za-z0-9_:.-]*(?: *= *(?:'[^'\r\n]*'|\"[^\"\r\n]*\"))?)* */? *)>"
)

_rule(
    " \t\xa0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u3000",
    f"[{WHITE}]+",
    rewrite.always(""),
)
_rule("<", TAG, rewrite.join_blanks)

_LINE = r" \t\n\f\r"
_HOST = rf"[^{_LINE}\"<>|().\xa0{{}}]+"
_rule(  # a mail address
    "letter0<&",
    rf"(?:<|&lt;)?[A-Za-z0-9][^{_LINE}\"<>|()\xa0{{}}]*@(?:{_HOST}\.)*{_HOST}(?:>|&gt;)?",
)

# Contractions of two words, and of a word with not, is, would, have, will, are, am.
_rule("c", r"(?P<t>(?i:can))(?i:not)")
_rule("gw", r"(?P<t>(?i:gon|wan))(?i:na)")
_rule("g", r"(?P<t>(?i:got))(?i:ta)")
_rule("lg", r"(?P<t>(?i:lem|gim))(?i:me)")
_rule("'", r"(?P<t>'[tT])(?i:is|was)")
_rule("letter", rf"(?P<t>{WORD}){APOSTROPHE}(?:[sSdDmM]|(?i:ll|re|ve))", rewrite.without_soft_hyphens)
_rule("y", rf"(?P<t>[yY]{APOSTROPHE})[{LETTERS}]")
_rule("letter", rf"(?P<t>\xad*[A-Za-z\xad]*[A-MO-Za-mo-z]\xad*)(?i:n{ANY_APOSTROPHE}t)", rewrite.without_soft_hyphens)
_rule("n", rf"(?i:n{ANY_APOSTROPHE}t)", rewrite.plain_quotes)
_rule("'’\x92&", rf"{APOSTROPHE}[sSdDmM]", rewrite.plain_quotes)
_rule("'’\x92&", rf"(?P<t>{APOSTROPHE}(?:[sSdDmM]|(?i:ll|re|ve)))[^A-Za-z]", rewrite.plain_quotes)
_rule("'’\x92&", rf"{APOSTROPHE}(?i:em|till?|cause|n{APOSTROPHE}?)")
_rule("'’\x92&", rf"{APOSTROPHE}[0-9]0(?i:s)")
_rule("'’\x92&", rf"(?P<t>{APOSTROPHE}[0-9]{{2}}){GAP}")

# Abbreviations and acronyms, which keep their full stop.
SENTENCE_FINAL = (
    rf"(?:(?i:{any_of(words.SENTENCE_FINAL_ABBREVIATIONS)}|(?:ph|ed)\.d)"
    rf"|{words.capitalised(words.CAPITAL_ABBREVIATIONS)}|{words.COMPANY_ABBREVIATION})\."
)
ACRONYM = r"[A-Za-z](?:\.[A-Za-z])+\."
STATES_ACRONYM = rf"(?i:(?:{any_of(words.US_PARTNERS_BEFORE)})-u\.s|u\.s\.-(?:{any_of(words.US_PARTNERS_BEHIND)}))"
SENTENCE = rf"{GAP}+(?:{TAG}|{words.capitalised(words.SENTENCE_STARTERS)}){GAP}"
_rule("letter", rf"(?P<t>{SENTENCE_FINAL}){GAP}(?:{GAP}|[{CAPITALS}]|{TAG})", returns_stop=True)
_rule("letter", SENTENCE_FINAL, returns_stop=True)
_rule("letter", rf"(?:(?i:{any_of(words.TITLE_ABBREVIATIONS)})|{words.MEETING_ABBREVIATION})\.")
_rule("letter", rf"(?P<t>(?i:{any_of(words.NUMBER_ABBREVIATIONS)})\.){GAP}?[{DIGITS}]")
_rule("letter", rf"(?P<t>{ACRONYM}|{STATES_ACRONYM}\.){SENTENCE}", returns_stop=True)
_rule("letter", rf"(?P<t>{STATES_ACRONYM}){GAP}")
_rule("letter", rf"(?P<t>[A-Za-z])\.{SENTENCE}")
_rule("letter", rf"{ACRONYM}|[A-Za-z]\.|{STATES_ACRONYM}\.")

# Words, file names, and words joined by hyphens, underscores, apostrophes and slashes.
HYPHENATED = rf"[A-Za-z0-9][A-Za-z0-9\xad.,]*(?:-(?:{ACRONYM}|[A-Za-z0-9\xad]+))+"
_ELIDED = rf"[dDoOlL]{ANY_APOSTROPHE}{PLAIN}{{2}}{PLAIN}*"
COMPOUND = rf"(?:{_ELIDED}|{PLAIN}+)(?:[-_\u058a\u2010\u2011](?:{_ELIDED}|{PLAIN}+))+"
_SLASHED = r"[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}"
_rule("letter", WORD, rewrite.without_soft_hyphens)
_rule("letter", rf"(?P<t>{SENTENCE_FINAL})[\s\S][\s\S]")
_rule("letter0", rf"(?P<t>{CHAR}+(?:\.{CHAR}+)*\.(?i:{any_of(words.FILE_EXTENSIONS)}))(?:{GAP}|[.?!,])")
_rule("letter", rf"(?P<t>{WORD}\.)[,;:]", rewrite.without_soft_hyphens)
_rule("letter0", rf"(?P<t>(?:{HYPHENATED}|{COMPOUND}|{_ELIDED}|{PLAIN}+)\.)[,;:]", rewrite.without_soft_hyphens)
_rule("letter0", HYPHENATED, rewrite.without_soft_hyphens)
_rule("letter0", COMPOUND)
_rule("letter0", rf"{PLAIN}+")
_rule("letter", rf"[A-HJ-XZn]{ANY_APOSTROPHE}[{LETTERS}]{{2}}[{LETTERS}]*")
_rule("dol", _ELIDED)
_rule("djl", rf"[dDjJlL]{APOSTROPHE}")
_rule("letter", "(?i:" + any_of(words.ELLIPTIC_WORDS).replace("'", APOSTROPHE) + ")")
_rule("letter", rf"(?i:{any_of(words.PLAIN_ELLIPTIC_WORDS)})")
_rule("letter", rf"[{LETTERS}]+[aeiouyAEIOUY]{ANY_APOSTROPHE}[aeiouA-Z][{LETTERS}]*")
_rule("o", rf"(?i:o{ANY_APOSTROPHE}o)")
_rule("letter0", rf"{_SLASHED}(?:\\?/{_SLASHED}){{1,2}}")
_COMPANY = r"[A-Z]+(?:(?:\+|&(?i:amp;)?)[A-Z]+)+"
_rule("letter", rf"(?P<t>{_COMPANY}\.)[,;:]", rewrite.plain_ampersand)
_rule("letter", _COMPANY, rewrite.plain_ampersand)
_rule("cf", r"[cC]\+\+|[cCfF]#")

# Numbers: signed and grouped, fractions, dates, telephone numbers, amounts of money.
_POINT = "[.,:\u066b\u066c]"
_FIGURES = rf"[{DIGITS}](?:\xad?[{DIGITS}])*"
_rule(
    "-+.,:\u066b\u066c\xad0", rf"[-+]?(?:\xad|{_POINT})?{_FIGURES}(?:{_POINT}{_FIGURES})*", rewrite.without_soft_hyphens
)
_rule("0", rf"(?:[{DIGITS}]{{1,4}}[- \xa0])?[{DIGITS}]{{1,4}}(?:\\?/|\u2044)[{DIGITS}]{{1,4}}", rewrite.join_blanks)
_rule("0", rf"[{DIGITS}]{{1,2}}[-/][{DIGITS}]{{1,2}}[-/][{DIGITS}]{{2,4}}")
_rule(
    "(+0",
    r"(?:\([0-9]{2,3}\)[ \xa0]?|(?:\+\+?)?(?:[0-9]{2,4}[- \xa0])?[0-9]{2,4}[- \xa0])[0-9]{3,4}[- \xa0]?[0-9]{3,5}",
    rewrite.round_brackets,
)
_rule("+0", r"(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}", rewrite.round_brackets)
_rule("letter$", r"[A-Z]*\$")
_rule("\xa2", "\xa2", rewrite.always("cents"))
_rule("\xa3", "\xa3", rewrite.always("#"))
_rule("\x80\xa4\u20a0€", "[\x80\xa4\u20a0€]", rewrite.always("$"))
for _sign, _text in zip("¼½¾⅓⅔", ("1/4", "1/2", "3/4", "1/3", "2/3"), strict=True):
    _rule(_sign, _sign, rewrite.always(_text))

# Addresses and names of the Internet.
_PATH = rf"/[^{_LINE}\"<>|()]+[^{_LINE}\"<>|.!?(){{}},-]"
_LABEL = rf"[^{_LINE}\"`'<>|.!?(){{}},\-$/:;=@\[\]\\^_0-9A-Z]+"
_WWW = rf"(?i:www)\.(?:[^{_LINE}\"<>|.!?(){{}},]+\.)+[a-zA-Z]{{2,4}}"
_SITE = rf"(?:{_LABEL}\.)+(?i:{any_of(words.TOP_LEVEL_DOMAINS)})"
_rule("h", rf"(?i:https?)://[^{_LINE}\"<>|(){{}}]+[^{_LINE}\"<>|.!?(){{}},-]")
for _name in (_WWW, _SITE):  # apart, as the longest match may have its path behind an earlier label
    _rule("w" if _name is _WWW else "any", _name + _PATH)
    _rule("w" if _name is _WWW else "any", _name)
_rule("@", r"@[A-Za-z_][A-Za-z0-9_]*")
_rule("#", rf"#{LETTER}+")

# Faces, entities, dashes, dots, quotes, brackets and single signs.
_rule("<>:;=", r"(?P<t>[<>]?[:;=][-o*']?[()DPdpO\\{@|\[\]])[^A-Za-z0-9]", rewrite.round_brackets)
_rule("x^=~<>'-(", r"[\^x=~<>'-]_[\^x=~<>'-]|\([\^x=~<>'-][-_.]?[\^x=~<>'-]\)", rewrite.round_brackets)
_rule("&", r"&#[0-9]+;")
_rule("&", r"(?i:&amp;)", rewrite.always("&"))
_rule("&", r"(?i:&lt;)", rewrite.always("<"))
_rule("&", r"(?i:&gt;)", rewrite.always(">"))
_rule("&", r"(?i:&nbsp;)", rewrite.always(""))
_rule("-&\x96\x97–—―", r"(?i:&[mn]dash;)|-{2,4}|[\x96\x97–—―]", rewrite.always("--"))
_rule("-", r"-{5,}")
_rule(".\x85…", r"\.{3,5}|(?:\.[ \xa0]){2,4}\.|[\x85…]", rewrite.always("..."))
_rule("'", r"(?P<t>')[A-Za-z][^ \t\n\f\r\xa0]", rewrite.always("`"))
_rule("'’\x92&", rf"{APOSTROPHE}(?i:ll|re|ve)", rewrite.plain_quotes)
_rule('"&', r'(?P<t>"|&quot;)[A-Za-z0-9$]', rewrite.always("``"))
_rule('"&', r'"|&quot;', rewrite.always("''"))
_rule("&", r"&apos;", rewrite.always("'"))
_rule("&", r"(?i:&quot;|&apos;)")
_rule("'`‘’“”„‚‛‟‹›«»\x91\x92\x93\x94", r"[`‘’“”„‚‛‟‹›«»\x91-\x94]{1,2}|'{1,2}", rewrite.plain_quotes)
_rule("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "[²³¹⁰⁴-⁹]+|[₀-₉]+")
_rule(r"*\_#@!?", r"\*+|(?:\\\*){1,3}|_+|#+|@+|[!?]+")
_rule("()[]{}", r"[()\[\]{}]", rewrite.bracket)
_rule("<>", "<<|>>|[<>]")
_rule("sign", rf"[{SYMBOLS}.,:;+\-/&$\u2044]")
