from __future__ import annotations

import numpy as np
import pytest
from tokenizers import Tokenizer

from blacksmith.datasets.sst2.frames import Frame, plain_frame
from blacksmith.datasets.sst2.labelled import BadData, Sentence
from blacksmith.datasets.sst2.tokens import Encoder, Specials, train_tokenizer

prompt = "Review: {text}\nSentiment:"
texts = ["Review: the plot was clever\nSentiment: good", "Review: a dull end\nSentiment: very bad"]
labels = ["good", "very bad"]
specials = Specials(pad=0, bos=1, eos=2)


def framed(tokenizer: Tokenizer, found: Specials, prompt: str) -> Frame:
    return plain_frame(tokenizer, prompt, found.bos, found.eos)


def encoder(max_length: int = 64, vocabulary: int = 400) -> Encoder:
    tokenizer, found = train_tokenizer(texts, vocabulary)
    assert found == specials
    return Encoder(tokenizer, framed(tokenizer, found, prompt), found.pad, max_length)


def test_every_token_is_marked_as_prompt_answer_or_padding() -> None:
    tokenizer, _ = train_tokenizer(texts, 400)
    rows = Encoder(tokenizer, framed(tokenizer, specials, prompt), specials.pad, 64).rows(
        [Sentence("a dull plot", "very bad"), Sentence("clever", "good")], labels
    )
    assert rows.labels.tolist() == [1, 0]
    for row, text, label in ((0, "a dull plot", "very bad"), (1, "clever", "good")):
        tokens, parts = rows.tokens[row].tolist(), rows.parts[row].tolist()
        asked = tokenizer.encode(f"Review: {text}").ids + tokenizer.encode("\nSentiment:").ids
        answer = tokenizer.encode(f" {label}").ids
        padding = len(tokens) - 1 - len(asked) - len(answer) - 1
        assert tokens == [1, *asked, *answer, 2] + [0] * padding
        assert parts == [1] * (1 + len(asked)) + [2] * (len(answer) + 1) + [0] * padding
    assert rows.parts[:, -1].tolist() == [2, 0]


def test_the_answer_never_merges_with_the_prompt() -> None:
    # " good" follows ":" in every training text; still no token may hold both.
    tokenizer, _ = train_tokenizer(["x: good"] * 50, 300)
    whole = Encoder(tokenizer, framed(tokenizer, specials, "{text}:"), specials.pad, 64)
    row = whole.rows([Sentence("x", "good"), Sentence("y", "bad")], ["bad", "good"])
    kept = [t for t, part in zip(row.tokens[0], row.parts[0], strict=True) if part == 2]
    assert tokenizer.decode(kept) == " good"


def test_any_text_comes_back_from_its_tokens() -> None:
    tokenizer, _ = train_tokenizer(texts, 300)
    text = "naïve “Ж” 映画 \t\x00 🎬"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_a_text_that_looks_like_a_special_token_is_only_text() -> None:
    row = encoder().rows(
        [Sentence("so <eos> bad <pad>", "good"), Sentence("a", "very bad")], labels
    )
    tokens, parts = row.tokens[0], row.parts[0]
    assert 2 not in tokens[parts == 1]
    assert 0 not in tokens[parts == 1]


def test_a_long_text_loses_its_end_and_keeps_question_and_answer() -> None:
    long = Sentence("clever " * 100, "good")
    rows = encoder(max_length=40).rows([long, Sentence("a", "very bad")], labels)
    assert rows.cut == 1
    assert rows.tokens.shape[1] <= 40
    whole = encoder(max_length=4000).rows([long], labels)
    answered = np.flatnonzero(rows.parts[0] == 2)
    tail = len(whole.tokens[0]) - len(answered)
    assert (whole.tokens[0][tail:] == rows.tokens[0][answered]).all()
    after = answered[0] - 3
    assert (whole.tokens[0][tail - 3 : tail] == rows.tokens[0][after : answered[0]]).all()


def test_a_length_without_room_for_the_text_is_an_error() -> None:
    with pytest.raises(BadData, match=r"max_length 5 leaves no room"):
        encoder(max_length=5).rows([Sentence("a", "good")], labels)


def test_the_tokenizer_is_a_function_of_the_texts() -> None:
    first, second = (train_tokenizer(texts, 400)[0].to_str() for _ in range(2))
    assert first == second
    assert train_tokenizer(texts[:1], 400)[0].to_str() != first
