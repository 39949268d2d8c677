"""The matcher of clip names: exact first, near names where there is no doubt, and what is said of them."""

from __future__ import annotations

import time

import pytest

from aacbench.files.names import match_names, without_ending

FORMS = {
    "equal": "dog 1.wav",
    "no ending": "dog 1",
    "other ending": "dog 1.flac",
    "ending in capitals": "dog 1.WAV",
    "other case": "Dog 1.wav",
    "blank in front": " dog 1.wav",
    "blank behind": "dog 1.wav ",
    "folder": "audio/dog 1.wav",
    "Windows folder": "audio\\dog 1.wav",
    "absolute": "/data/clotho/audio/dog 1.wav",
    "drive": "C:\\clotho\\dog 1.wav",
    "several": "C:\\Clotho\\DOG 1.flac ",
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_finds_its_clip(form: str) -> None:
    given = [FORMS[form], "audio/cat.wav"]
    match = match_names(["dog 1.wav", "cat.wav"], given)
    assert match.of == {"dog 1.wav": FORMS[form], "cat.wav": "audio/cat.wav"}
    assert not match.missing and not match.extra
    assert match.near == (("cat.wav",) if form == "equal" else ("dog 1.wav", "cat.wav"))


def test_blanks_that_a_data_set_has_are_found_stripped() -> None:
    assert match_names([" dev 0.wav"], ["dev 0.wav"]).of == {" dev 0.wav": "dev 0.wav"}
    assert match_names([" dev 0.wav", "dev 0.wav"], ["dev 0.wav", " dev 0.wav"]).near == ()


def test_unicode_forms_are_one_name() -> None:
    assert match_names(["caf\u00e9.wav"], ["cafe\u0301.wav"]).of == {"caf\u00e9.wav": "cafe\u0301.wav"}


def test_exact_names_are_taken_first() -> None:
    match = match_names(["a.wav", "A.wav"], ["A.wav", "a"])
    assert match.of == {"a.wav": "a", "A.wav": "A.wav"} and match.near == ("a.wav",)


def test_fewest_differences_win() -> None:
    match = match_names(["x/a.wav", "y/a.wav"], ["X/A.wav", "Y/A.wav"])
    assert match.of == {"x/a.wav": "X/A.wav", "y/a.wav": "Y/A.wav"}
    match = match_names(["a.wav", "A.wav"], ["a", "A"])
    assert match.of == {"a.wav": "a", "A.wav": "A"}


@pytest.mark.parametrize(
    ("wanted", "given"),
    [(["a.wav"], ["a.flac", "a.mp3"]), (["a.wav", "a.flac"], ["a"]), (["a.wav"], ["x/a.wav", "y/a.wav"])],
)
def test_in_doubt_nothing_is_taken(wanted: list[str], given: list[str]) -> None:
    match = match_names(wanted, given)
    assert not match.of and match.missing == tuple(wanted) and match.extra == tuple(given)
    assert " could be " in match.hint()


def test_names_that_only_look_alike_stay_apart() -> None:
    match = match_names(["clip.1", "rain.wav"], ["clip.2", "train.wav"])
    assert not match.of and match.hint() == ""
    assert without_ending("clip.1") == "clip.1" and without_ending(".wav") == ".wav"


def test_what_was_taken_is_said() -> None:
    match = match_names(["c0.wav", "c1.wav"], ["c0", "c1"])
    assert match.said("lists.csv", "refs.csv") == [
        "2 names of lists.csv are not letter for letter those of refs.csv: 'c0' is taken for 'c0.wav'"
    ]
    assert match_names(["a"], ["a"]).said("x", "y") == []


def test_many_names_take_no_time() -> None:
    wanted = [f"clip {number}.wav" for number in range(20_000)]
    begin = time.perf_counter()
    match = match_names(wanted, [f"audio\\{name}" for name in wanted])
    assert len(match.near) == 20_000 and time.perf_counter() - begin < 5
