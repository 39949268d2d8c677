"""Energy of work in kWh, by codecarbon without a network: of the CPU, the memory, and GPUs through NVML.

Where the system gives no counters, codecarbon estimates from the hardware's nominal power.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aacbench.runtime import libraries

COUNTRY = "USA"  # which decides emissions alone, and none are kept


@dataclass
class Meter:
    """The energy of a block of work, once it has ended; None where nobody asked for it."""

    kwh: float | None = None


def require_meter() -> None:
    """Make sure that energy can be measured.

    Raises:
        UserError: codecarbon is not there.
    """
    libraries.load("codecarbon", "--energy", install="'aacbench[energy]'")


@contextmanager
def metered(wanted: bool) -> Iterator[Meter]:
    """Measure the energy of the block, of the whole machine, where it is wanted."""
    meter = Meter()
    if not wanted:
        yield meter
        return
    from codecarbon import OfflineEmissionsTracker  # noqa: PLC0415

    with _quiet():
        tracker = OfflineEmissionsTracker(
            country_iso_code=COUNTRY, save_to_file=False, log_level="critical", allow_multiple_runs=True
        )
        tracker.start()
    try:
        yield meter
    finally:
        with _quiet():
            tracker.stop()
        data = getattr(tracker, "final_emissions_data", None)  # codecarbon says its own errors to nobody
        meter.kwh = None if data is None else float(data.energy_consumed)


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out warnings of the libraries that read the hardware: the tracker would end at one that is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
