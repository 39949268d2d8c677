"""The leaderboard: run records as data, and the pages generated from them.

    leaderboard/
        boards/BOARD.json                               what ranks together: data, metrics, fingerprint, signatures
        references/BOARD.jsonl                          a board's references, where they may be shipped
        results/BOARD/METHOD/VARIANT-seedK.json, .jsonl run record; one row a clip or query with its scores
        reported/                                       the numbers of the papers' tables, with citations
        claims.json                                     what the papers claim, and which runs would test it
        schema/                                         JSON schemas of the above
        README.md, index.html, leaderboard.csv          generated, never edited

Scores of clips are kept to six decimals and compared as whole millionths, so that every sum, and with it every
generated file, is the same on every machine.
"""
