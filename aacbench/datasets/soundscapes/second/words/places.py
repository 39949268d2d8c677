"""What is said of the eleven scenes of version 2.0: the six of 1.0 and five that resemble them."""

from __future__ import annotations

from aacbench.datasets.soundscapes.phrases import SETTINGS, Setting

PLACES: dict[str, Setting] = {
    **SETTINGS,
    "bus": Setting(
        ((6, "on a bus"), (2, "inside a bus"), (1, "among passengers")),
        (
            (4, "with passengers murmuring in the background"),
            (2, "while a bus drives"),
            (1, "amid the noise of a bus"),
        ),
        ((2, "on a journey"), (1, "in a narrow space")),
        frozenset(["bus", "passengers"]),
    ),
    "restaurant": Setting(
        ((6, "in a restaurant"), (2, "in a lively cafe"), (1, "among guests at dinner")),
        (
            (4, "with dishes clattering in the background"),
            (2, "while guests chat"),
            (1, "amid the clatter of dishes"),
        ),
        ((2, "indoors"), (1, "in a lively place")),
        frozenset(["restaurant", "cafe", "guests", "dishes"]),
    ),
    "forest": Setting(
        ((6, "in a forest"), (2, "in the woods"), (1, "deep in the wilderness")),
        (
            (4, "with branches creaking in the background"),
            (2, "while branches creak"),
            (1, "amid creaking branches"),
        ),
        ((2, "outdoors"), (1, "far from any town")),
        frozenset(["forest", "woods", "wilderness", "branches"]),
    ),
    "church": Setting(
        ((6, "in a church"), (2, "in a cathedral"), (1, "below a high vault")),
        (
            (3, "with long echoes in the background"),
            (2, "while echoes linger"),
            (1, "amid long echoes"),
        ),
        ((2, "in a large echoing space"), (1, "in a solemn place")),
        frozenset(["church", "cathedral", "vault", "echoes"]),
    ),
    "workshop": Setting(
        ((6, "in a workshop"), (2, "in a factory"), (1, "in a garage")),
        (
            (4, "with machinery running in the background"),
            (2, "while machinery runs"),
            (1, "amid the noise of machinery"),
        ),
        ((2, "indoors"), (1, "at work")),
        frozenset(["workshop", "factory", "garage", "machinery"]),
    ),
}
