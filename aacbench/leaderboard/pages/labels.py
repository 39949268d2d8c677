"""How names and numbers are written on the pages."""

from __future__ import annotations


def score(value: float | None, decimals: int = 3) -> str:
    """Return a score with three decimals and no leading zero; a dash for none."""
    if value is None:
        return "–"
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("0.") else text


def signed(value: float) -> str:
    """Return a difference with its sign, a real minus."""
    return f"{'+' if value >= 0 else '−'}{score(abs(value))}"


def count(value: int | None) -> str:
    """Return a number of weights in thousands or millions."""
    if value is None:
        return "–"
    return f"{value / 1e6:.1f} M" if value >= 1e6 else f"{round(value / 1e3)} k" if value >= 1000 else str(value)


def seconds(value: float) -> str:
    """Return a duration in the largest fitting unit."""
    if value < 0.05:
        return "0 s"
    if value < 9.95:
        return f"{value:.1f} s"
    if value < 120:
        return f"{round(value)} s"
    return f"{round(value / 60)} min" if value < 7200 else f"{value / 3600:.1f} h"


def memory(value: int | None) -> str:
    """Return bytes in mebibytes or gibibytes; nothing for none."""
    if value is None:
        return ""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{round(value / 2**20)} MiB"


def real_time(value: float | None) -> str:
    """Return a real-time factor in words; nothing for none."""
    return "" if value is None else f"{value:.2g} s a second of audio"


def p_value(p: float) -> str:
    """Return a p-value, `p < .001` at the least."""
    return "p < .001" if p < 0.001 else f"p = {score(p)}"
