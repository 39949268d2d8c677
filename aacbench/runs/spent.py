"""What a run cost in all, by its record: the numbers that stand beside its scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aacbench.runs.record import RunRecord

LABELS: Mapping[str, str] = {
    "trained_parameters": "trained weights",
    "parameters": "weights",
    "clip_macs": "MACs of 10 s",
    "words_macs": "MACs of 20 words",
    "training_seconds": "training, s",
    "decoding_seconds": "decoding, s",
    "real_time_factor": "real-time factor",
    "peak_ram_bytes": "peak RAM, bytes",
    "peak_gpu_bytes": "peak GPU memory, bytes",
    "energy_kwh": "energy, kWh",
    "tokens": "tokens",
}


def spent(record: RunRecord) -> dict[str, float]:
    """Return what is known of a run's costs, by the names of `LABELS`: sums over stages, the largest of the peaks."""
    network, decoding = record.network, record.costs
    stages = [stage.costs for stage in record.stages if stage.costs is not None]
    kwh = [one.energy_kwh for one in (*stages, decoding) if one is not None]
    tokens = [] if decoding is None else [decoding.prompt_tokens, decoding.answer_tokens]
    known = {
        "trained_parameters": None if network is None else network.trained_parameters,
        "parameters": None if network is None else network.parameters,
        "clip_macs": None if network is None else network.clip_macs,
        "words_macs": None if network is None else network.words_macs,
        "training_seconds": sum(stage.seconds for stage in record.stages) if record.source == "run" else None,
        "decoding_seconds": record.decoding_seconds if record.source == "run" else None,
        "real_time_factor": None if decoding is None else decoding.real_time_factor,
        "peak_ram_bytes": _largest(one.peak_ram_bytes for one in stages),
        "peak_gpu_bytes": _largest(one.peak_gpu_bytes for one in stages),
        "energy_kwh": _sum(kwh),
        "tokens": _sum(tokens),
    }
    return {name: float(value) for name, value in known.items() if value is not None}


def written(name: str, value: float) -> str:
    """Return a cost in few digits: `1.2 M` weights, `37.5 M` operations, `0.00825`, `46 s`."""
    if name.endswith(("_seconds", "_factor", "_kwh")):
        return f"{value:.3g}"
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.0f}"


def _largest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _sum(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) if there else None
