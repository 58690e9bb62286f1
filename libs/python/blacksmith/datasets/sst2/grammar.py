"""The variant `sentiment-grammar`: film reviews of one sentence, made from templates and words.

Counting good and bad words does not give the label: a third of the sentences is plain ("the plot
was clever"), a third negates ("nobody found the plot clever"), and in a third two verdicts
contradict each other ("the plot was clever but the ending was dull"): the main clause, or the one
after `but`, decides. Each split has templates of its own and pairs of noun and adjective of its
own: validation and test put the words and clauses of training together in ways of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TypeVar

import numpy as np

from blacksmith.datasets.sst2.labelled import BadData, Sentence, Splits, split_names
from blacksmith.datasets.sst2.templates import adjectives, choices, composed, labels, nouns

# Training has more plain sentences, as reviews do: where every word is as often in good reviews as
# in bad ones, a model sees nothing to begin with. The others have a third of each, where counting
# good and bad words is right half of the time.
_form_weights = {
    "train": {"plain": 2, "negated": 1, "contrast": 1},
    "validation": {"plain": 1, "negated": 1, "contrast": 1},
    "test": {"plain": 1, "negated": 1, "contrast": 1},
}

# Share of the templates, and of the pairs of noun and adjective, that a split may use.
_shares = {"train": 0.6, "validation": 0.15, "test": 0.25}

# So many known sentences one after another mean that there are hardly any others.
_most_misses = 1000

Pair = tuple[str, str]
T = TypeVar("T")


def generate(counts: Mapping[str, int], seed: int) -> Splits:
    """As many different sentences as `counts` says.

    A function of `counts` and `seed`; raises BadData when the grammar has fewer sentences.
    """
    pairs, templates = divide_pairs(seed), divide_templates(seed)
    return {
        split: _generate_split(split, pairs[split], templates[split], counts[split], seed)
        for split in split_names
    }


def divide_pairs(seed: int) -> dict[str, list[Pair]]:
    """Gives each pair of noun and adjective to one split; training knows every adjective."""
    random = np.random.default_rng([seed, 0])
    groups = [
        [(noun, adjective) for noun in nouns] for label in labels for adjective in adjectives[label]
    ]
    return _divide(random, groups)


def divide_templates(seed: int) -> dict[str, dict[str, list[str]]]:
    """Gives each template of each form to one split; training knows every clause."""
    random = np.random.default_rng([seed, 1])
    divided: dict[str, dict[str, list[str]]] = {split: {} for split in split_names}
    for form, groups in composed().items():
        for split, templates in _divide(random, groups).items():
            divided[split][form] = templates
    return divided


def _divide(random: np.random.Generator, groups: list[list[T]]) -> dict[str, list[T]]:
    """Gives each member of each group to one split, in the same shares in every group."""
    divided: dict[str, list[T]] = {split: [] for split in split_names}
    for group in groups:
        order = random.permutation(len(group))
        ends = np.rint(np.cumsum(list(_shares.values())) * len(group)).astype(int)
        for split, members in zip(split_names, np.split(order, ends[:-1]), strict=True):
            divided[split] += [group[i] for i in sorted(members)]
    return divided


def _generate_split(
    split: str, pairs: list[Pair], templates: Mapping[str, list[str]], count: int, seed: int
) -> list[Sentence]:
    random = np.random.default_rng([seed, 2 + split_names.index(split)])
    verdicts = {label: [pair for pair in pairs if pair[1] in adjectives[label]] for label in labels}
    weights = _form_weights[split]
    whole = len(labels) * sum(weights.values())
    sentences: list[Sentence] = []
    reached = 0
    for form, label in product(weights, labels):
        # Rounded from the running sum, so that the parts add up to `count`.
        wanted = count * (reached + weights[form]) // whole - count * reached // whole
        reached += weights[form]
        sentences += _of_one_kind(random, templates[form], form, label, verdicts, wanted)
    return [sentences[i] for i in random.permutation(len(sentences))]


def _of_one_kind(
    random: np.random.Generator,
    templates: list[str],
    form: str,
    label: str,
    verdicts: Mapping[str, list[Pair]],
    wanted: int,
) -> list[Sentence]:
    other = labels[1 - labels.index(label)]
    # A negation turns the adjective round; a contrast concedes the opposite of what decides.
    first = verdicts[label if form == "plain" else other]
    second = verdicts[label]
    texts: dict[str, None] = {}  # keeps the order, unlike a set
    misses = 0
    while len(texts) < wanted and misses < _most_misses:
        template = templates[random.integers(len(templates))]
        n, a = first[random.integers(len(first))]
        m, b = second[random.integers(len(second))]
        if form == "contrast" and n == m:
            continue  # "the plot was dull but the plot was clever"
        text = _filled(random, template, {"{n}": n, "{a}": a, "{m}": m, "{b}": b})
        misses = misses + 1 if text in texts else 0
        texts[text] = None
    if len(texts) < wanted:
        raise BadData(
            f"the grammar has too few {form} sentences with the label {label} for {wanted}"
            " different ones",
            remedy="lower dataset.sentences",
        )
    return [Sentence(text, label, form) for text in texts]


def _filled(random: np.random.Generator, template: str, words: Mapping[str, str]) -> str:
    filled = []
    for word in template.split():
        options = choices.get(word)
        filled.append(options[random.integers(len(options))] if options else words.get(word, word))
    return " ".join(filled)
