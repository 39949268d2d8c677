"""Whether and how the network may be used: `AACBENCH_OFFLINE` and the usual variables of proxies.

HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (either case) are honoured by `requests`, which all transfers use, the
Hugging Face hub's too.
"""

from __future__ import annotations

import os
import re

from aacbench.files.download.reach import known_unreachable

SWITCH = "AACBENCH_OFFLINE"
HUB = "https://huggingface.co"


def offline() -> bool:
    """Return whether `AACBENCH_OFFLINE` forbids the network."""
    return os.environ.get(SWITCH, "").strip().lower() not in ("", "0", "false", "no")


def local_only() -> bool:
    """Return whether the Hugging Face hub must not or cannot be asked, and tell its libraries, once imported.

    What is passed on as `local_files_only` holds for one file; some of them ask for others, or in the background. A hub
    that cannot be reached is found out in two seconds; its libraries take a minute and a half.
    """
    forbidden = offline() or known_unreachable(os.environ.get("HF_ENDPOINT") or HUB) is not None
    if forbidden:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    return forbidden


def hub_advice(name: str) -> str:
    """Return what to do where the model `name` of the hub cannot be had, to stand after "cannot ...;"."""
    if not offline():
        reason = known_unreachable(os.environ.get("HF_ENDPOINT") or HUB)
        return f"connect once ({reason})" if reason else "connect once"
    folder = os.environ.get("HF_HOME", "~/.cache/huggingface")
    return f"{SWITCH} is set: unset it, or copy {name} from another machine's Hugging Face cache into {folder}"


def proxies() -> dict[str, str]:
    """Return the proxies by scheme, and the hosts to reach without one as `no`; passwords are hidden."""
    from urllib.request import getproxies  # noqa: PLC0415

    return {scheme: re.sub(r"//[^/@]*@", "//***@", address) for scheme, address in sorted(getproxies().items())}
