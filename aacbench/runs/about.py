"""What a reader wants to know of a system besides its scores: who made it, where it is described, what it learned from.

A run's comes from its method's spec; a submission's from the YAML file that is handed in with its predictions.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from aacbench.runs.bounds import Count, Seconds, Text, Url


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[Text], BeforeValidator(_listed), Field(max_length=200)]


class About(BaseModel):
    """`trained_on` and `external_data` name datasets; None is unknown, which is not the same as none.

    `macs` are multiply-accumulate operations a clip, `runtime` seconds a clip.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text = ""
    summary: Text = ""
    authors: Texts = []
    paper: Text = ""
    url: Url = ""
    code: Url = ""
    licence: Text = ""
    trained_on: Texts | None = None
    external_data: Texts | None = None
    parameters: Count | None = None
    macs: Count | None = None
    runtime: Seconds | None = None
