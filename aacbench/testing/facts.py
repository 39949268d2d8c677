"""What specs say of their parts for tables and downloads, checked without loading the parts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from aacbench.contracts import DatasetSpec, Download, MethodSpec, MetricSpec, load
from aacbench.testing.report import Checked
from aacbench.types import Score


def metric_facts(checked: Checked, spec: MetricSpec) -> None:
    """Check labels, headline, and what is downloaded."""
    checked.require(len({*spec.labels}) == len(spec.outputs), "labels, each output's its own", spec.labels)
    checked.require(all(label.strip() for label in spec.labels), "labels that are not empty", spec.labels)
    own = {*spec.of_references} <= {*spec.outputs}
    checked.require(own, "`of_references` that names outputs of the metric", spec.of_references)
    _downloads(checked, spec.downloads)


def dataset_facts(checked: Checked, spec: DatasetSpec) -> None:
    """Check that what is downloaded can be asked for, and how much it is."""
    if spec.fetch is None:
        checked.require(spec.download_size is None, "no `download_size` without `fetch`", spec.download_size)
        return
    load(spec.fetch)
    if spec.download_size is None:
        return
    version = spec.versions[0] if spec.versions else None
    size = spec.download_size if isinstance(spec.download_size, int) else load(spec.download_size)(version)
    checked.require(isinstance(size, int) and size > 0, "a `download_size` in bytes", size)


def method_facts(checked: Checked, spec: MethodSpec) -> None:
    """Check the role, and addresses of paper and code."""
    checked.require(spec.role in ("system", "floor", "ceiling"), "the role system, floor or ceiling", repr(spec.role))
    for name, address in (("url", spec.url), ("code", spec.code)):
        fits = not address or address.startswith(("https://", "http://"))
        checked.require(fits, f"`{name}` as an address that begins with https://", repr(address))


def aggregate_fact(checked: Checked, spec: MetricSpec, scores: Sequence[Score]) -> None:
    """Check that a corpus score is the mean of its clips' where the spec says so: the leaderboard believes it."""
    for score in scores if spec.aggregate == "mean" else ():
        if score.items is None:
            continue
        mean = sum(score.items) / len(score.items)
        same = math.isclose(score.corpus, mean, rel_tol=1e-6, abs_tol=1e-9)
        checked.require(
            same, f"{score.name} as the mean of its clips', or aggregate='summed' in the spec", score.corpus
        )


def _downloads(checked: Checked, downloads: Iterable[Download]) -> None:
    for wanted in downloads:
        checked.require(bool(wanted.name.strip() and wanted.summary.strip()), "a download's name and summary", wanted)
        load(wanted.fetch)
        if wanted.find is not None:
            load(wanted.find)
