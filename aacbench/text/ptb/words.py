"""Word lists of the PTB tokenizer, found by asking stanford-corenlp-3.4.1 about every word.

Each list came from probing every string of one to five letters, 180,000 words of captions, treebanks and WordNet and
their capitalised and upper-case forms, with a full stop (or apostrophe, or extension) attached and with different
continuations. Words are written in lower case; the notes say where case matters.
"""

from __future__ import annotations

# Keep their full stop, and give a second one where a sentence may end behind them (in any case).
SENTENCE_FINAL_ABBREVIATIONS = """
    al ala apr ariz assn aug bhd bldg blvd bros calif co colo conn corp cos ct dak dec esq est etc ext feb fla fri ga
    inc ind intl jan jr jul jun kan kans ky ltd mar md mich minn mo mon mont neb nev nov oct okla penn plc rd rt sep
    sept seq sq sr sys tel tenn thu thurs tue tues univ va vt wed wis wisc wyo
""".split()

# The same, for state names that are also words: only with a capital first letter.
CAPITAL_ABBREVIATIONS = "Ark Az Del Ill La Mass Miss Ore Pa Tex Wash".split()

# The same, whose vowel must be in lower case: Pte., Pty., Pptes.
COMPANY_ABBREVIATION = r"(?i:p?pt)[ey](?i:s)?"

# Keep their full stop and never give a second one (in any case).
TITLE_ABBREVIATIONS = """
    adj adm adv alex assoc asst atty attys ave brig capt cf cie cmdr col comdr cpl dept det dr drs elec ens ft gen gov
    govs hon insp invt jos lieut lt maj messrs mlle mme mr mrs ms msgr mt natl pfc ph pres prof profs pvt rep reps rev
    sen sens sfc sgt spc st ste supt vs wm
""".split()

# The same, with one letter that must be in lower case: Mfg., Mtg.
MEETING_ABBREVIATION = r"[Mm][ft][Gg]"

# Keep their full stop only before a number (in any case): no. 5, fig. 2.
NUMBER_ABBREVIATIONS = "art ca fig figs no nos op pp prop".split()

# A dotted acronym before one of these words ends a sentence. Their first letter is a capital.
SENTENCE_STARTERS = r"""
    A About According Additionally After An As At But Earlier He Her Here However If In It Last Many More Mr\. Ms\.
    Now Once One Other Our She Since So Some Such That The Their Then There These They This We What When While Yet You
""".split()

# Partners of the United States that form one acronym with it: Japan-U.S., U.S.-U.K.
US_PARTNERS_BEFORE = "canada eu japan korean non sino".split()
US_PARTNERS_BEHIND = [r"u\.k", r"u\.s\.s\.r"]

# A dotted name ending so, before white space or . , ? !, is a file name.
FILE_EXTENSIONS = """
    bat bmp c cgi class cpp dll doc docx exe gif gz h htm html jar java jpeg jpg mov mp3 pdf php pl png ppt ps py sql
    tar txt wav x xml zip
""".split()

# Words with an apostrophe that stay whole (in any case): with any apostrophe, and with the plain one alone.
ELLIPTIC_WORDS = "cap'n c'est dunkin' ol' somethin'".split()
PLAIN_ELLIPTIC_WORDS = "c'mon e'er ev'ry li'l nat'l nor'easter s'mores".split()

# Sites whose name needs no www. in front.
TOP_LEVEL_DOMAINS = "com net org edu".split()

# Written as one word, tokenised as two.
SPLIT_WORDS = frozenset("cannot gonna wanna gotta lemme gimme".split())

# Every word of letters that may keep a full stop.
DOTTED_WORDS = frozenset(
    [
        *SENTENCE_FINAL_ABBREVIATIONS,
        *(word.lower() for word in CAPITAL_ABBREVIATIONS),
        *TITLE_ABBREVIATIONS,
        *NUMBER_ABBREVIATIONS,
        *"pte pty ptes ptys ppte ppty pptes pptys mfg mtg".split(),
    ]
)


def any_of(words: list[str]) -> str:
    """Return the alternation of words for a regular expression, the longest first."""
    return "|".join(sorted(words, key=len, reverse=True))


def capitalised(words: list[str]) -> str:
    """Return the alternation of words whose first letter must be a capital and whose rest may be in any case."""
    return any_of([word[0] + (f"(?i:{word[1:]})" if len(word) > 1 else "") for word in words])
