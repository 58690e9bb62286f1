"""Words of the sentiment grammar, and its templates, which are composed of clauses and frames."""

from __future__ import annotations

from collections.abc import Mapping

labels = ("negative", "positive")

nouns = (
    "plot", "cast", "script", "ending", "music", "camera", "dialogue", "story", "acting", "pace",
    "humour", "setting", "hero", "villain", "opening", "sound", "costume", "dance", "message",
    "finale", "editing", "lighting", "romance", "mystery",
)  # fmt: skip

# No adjective begins with a vowel, so that `a` fits them all.
adjectives = {
    "negative": (
        "boring", "clumsy", "dull", "tedious", "bland", "lifeless", "weak", "shallow", "messy",
        "predictable", "painful", "stale",
    ),
    "positive": (
        "brilliant", "charming", "clever", "moving", "gripping", "delightful", "fresh", "superb",
        "graceful", "thrilling", "witty", "warm",
    ),
}  # fmt: skip

# What stands in a template for one of several words; each place takes one for itself.
choices: Mapping[str, tuple[str, ...]] = {
    "{the}": ("the", "this"),
    "{is}": ("is", "was"),
    "{felt}": ("is", "was", "felt"),
}

# What a clause says of the noun {n} is that it is {a}.
clauses = (
    "{the} {n} {felt} {a}",
    "i found {the} {n} {a}",
    "everybody found {the} {n} {a}",
    "i would call {the} {n} {a}",
    "everybody would call {the} {n} {a}",
    "there {is} something {a} about {the} {n}",
    "there {is} a {a} {n} in this film",
    "this film has a {a} {n}",
)

# What a clause says of the noun {n} is that it is not {a}.
negations = (
    "{the} {n} {felt} not {a}",
    "{the} {n} never {felt} {a}",
    "{the} {n} {felt} hardly {a}",
    "{the} {n} {felt} far from {a}",
    "i never found {the} {n} {a}",
    "i hardly found {the} {n} {a}",
    "i found {the} {n} far from {a}",
    "nobody found {the} {n} {a}",
    "everybody found {the} {n} far from {a}",
    "i would not call {the} {n} {a}",
    "i would never call {the} {n} {a}",
    "i would hardly call {the} {n} {a}",
    "nobody would call {the} {n} {a}",
    "there {is} nothing {a} about {the} {n}",
    "there {is} hardly a {a} {n} in this film",
    "this film has hardly a {a} {n}",
)

# What may stand before or after a clause and changes nothing.
frames = (
    "{clause}",
    "all in all {clause}",
    "in the end {clause}",
    "to be honest {clause}",
    "on the whole {clause}",
    "to my surprise {clause}",
    "{clause} all in all",
    "{clause} in the end",
    "{clause} to be honest",
    "{clause} on the whole",
    "{clause} to my surprise",
)

# Two verdicts that contradict each other: {conceded} speaks of {n} and {a}, {clause} of {m} and {b}
# and decides.
contrasts = (
    "{conceded} but {clause}",
    "{conceded} and yet {clause}",
    "although {conceded} , {clause}",
    "{clause} although {conceded}",
    "{clause} even though {conceded}",
    "despite {the} {a} {n} {clause}",
    "{clause} despite {the} {a} {n}",
)


def composed() -> dict[str, list[list[str]]]:
    """All templates of each form, in groups: one for each clause that decides.

    A split that has some of each group knows every clause.
    """
    return {
        "plain": [_framed(clause) for clause in clauses],
        "negated": [_framed(clause) for clause in negations],
        "contrast": [_contrasted(clause) for clause in clauses],
    }


def _framed(clause: str) -> list[str]:
    return [frame.replace("{clause}", clause) for frame in frames]


def _contrasted(clause: str) -> list[str]:
    decides = clause.replace("{n}", "{m}").replace("{a}", "{b}")
    templates: dict[str, None] = {}  # keeps the order, unlike a set
    for contrast in contrasts:
        for conceded in clauses:
            filled = contrast.replace("{conceded}", conceded).replace("{clause}", decides)
            templates[filled] = None
    return list(templates)
