from __future__ import annotations

from collections import Counter

import pytest

from blacksmith.datasets.sst2.grammar import divide_pairs, divide_templates, generate
from blacksmith.datasets.sst2.labelled import BadData, Sentence, Splits, split_names
from blacksmith.datasets.sst2.templates import adjectives, choices, labels, nouns

counts = {"train": 2000, "validation": 300, "test": 600}
polarity = {word: label for label in labels for word in adjectives[label]}


@pytest.fixture(scope="module")
def splits() -> Splits:
    return generate(counts, seed=0)


def pairs_of(sentence: Sentence) -> set[tuple[str, str]]:
    """Nouns and adjectives of a plain or negated sentence, which has one of each."""
    words = sentence.text.split()
    return {(n, a) for n in words if n in nouns for a in words if a in polarity}


def skeleton(sentence: Sentence) -> str:
    """The sentence without what a template leaves open."""
    open_words = dict.fromkeys((*nouns, *polarity), "*")
    open_words |= {word: name for name in ("{the}", "{felt}") for word in choices[name]}
    return " ".join(open_words.get(word, word) for word in sentence.text.split())


def test_each_split_has_as_many_sentences_as_asked_for_and_none_twice(splits: Splits) -> None:
    assert {split: len(sentences) for split, sentences in splits.items()} == counts
    texts = [sentence.text for split in split_names for sentence in splits[split]]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("seed", range(5))
def test_no_template_and_no_pair_of_words_belongs_to_two_splits(seed: int) -> None:
    pairs, templates = divide_pairs(seed), divide_templates(seed)
    assert sum(map(len, pairs.values())) == len(nouns) * len(polarity)
    assert len(set().union(*pairs.values())) == len(nouns) * len(polarity)
    of_split = [{t for form in templates[split].values() for t in form} for split in split_names]
    assert len(set().union(*of_split)) == sum(map(len, of_split))


def test_sentences_of_the_test_use_templates_and_pairs_that_training_never_saw(
    splits: Splits,
) -> None:
    for one, other in (("train", "test"), ("train", "validation"), ("validation", "test")):
        assert not {skeleton(s) for s in splits[one]} & {skeleton(s) for s in splits[other]}
        of_one, of_other = (
            {pair for s in splits[split] if s.form != "contrast" for pair in pairs_of(s)}
            for split in (one, other)
        )
        assert not of_one & of_other


@pytest.mark.parametrize("seed", range(5))
def test_every_word_of_the_test_occurs_in_training(seed: int) -> None:
    words = {
        split: {word for s in sentences for word in s.text.split()}
        for split, sentences in generate({**counts, "train": 4000}, seed).items()
    }
    assert words["test"] | words["validation"] <= words["train"]


def test_the_label_is_what_a_person_would_read(splits: Splits) -> None:
    for sentence in (s for split in split_names for s in splits[split]):
        words = sentence.text.split()
        verdicts = [polarity[word] for word in words if word in polarity]
        if sentence.form == "plain":
            assert verdicts == [sentence.label]
        elif sentence.form == "negated":
            assert set(words) & {"not", "never", "hardly", "far", "nobody", "nothing"}
            assert verdicts == [labels[1 - labels.index(sentence.label)]]
        else:
            assert sorted(verdicts) == list(labels)
            conceding = [i for i, w in enumerate(words) if w in ("although", "though", "despite")]
            # What follows a conceding word gives way, up to the comma or the next clause.
            first_decides = bool(conceding) and conceding[0] > 0
            assert sentence.label == verdicts[0 if first_decides else 1]


def test_counting_words_is_right_half_of_the_time(splits: Splits) -> None:
    scores = 0.0
    for sentence in splits["test"]:
        votes = Counter(polarity[word] for word in sentence.text.split() if word in polarity)
        other = labels[1 - labels.index(sentence.label)]
        scores += (
            0.5 if votes[sentence.label] == votes[other] else votes[sentence.label] > votes[other]
        )
    assert scores / len(splits["test"]) == pytest.approx(0.5, abs=0.01)


def test_the_sentences_are_a_function_of_the_seed(splits: Splits) -> None:
    assert generate(counts, seed=0) == splits
    assert generate(counts, seed=1) != splits


def test_more_sentences_than_there_are_is_an_error() -> None:
    with pytest.raises(BadData, match="too few plain sentences"):
        generate({**counts, "validation": 50_000}, seed=0)
