"""Turns sentences into rows of tokens: a prompt, its answer, padding.

    <bos> Review: the plot was clever ⏎ Sentiment:   positive <eos>   <pad> <pad>
    1     1 ...                                      2        2       0     0

The second line is `parts`: padding, prompt or answer. The answer is tokenised by itself, so that
the border between the two is a border between tokens whatever the tokenizer merges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from blacksmith.datasets.sst2.frames import Frame, ids_of
from blacksmith.datasets.sst2.labelled import BadData, Sentence

padding, prompt_part, answer_part = 0, 1, 2

_specials = ("<pad>", "<bos>", "<eos>")


@dataclass(frozen=True)
class Specials:
    """Token numbers that stand for no text."""

    pad: int
    bos: int
    eos: int


@dataclass(frozen=True)
class Rows:
    """Padded sentences (N, length): tokens int32, parts uint8; and labels (N,) int32."""

    tokens: NDArray[np.int32]
    parts: NDArray[np.uint8]
    labels: NDArray[np.int32]
    # Sentences of which the end was cut off.
    cut: int = 0


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> tuple[Tokenizer, Specials]:
    """A byte-level BPE tokenizer of at most `vocabulary` tokens; equal texts give an equal one."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # The library ships this class without the types of its arguments.
    bpe_trainer: Any = trainers.BpeTrainer
    trainer = bpe_trainer(
        vocab_size=vocabulary,
        special_tokens=list(_specials),
        # All bytes, so that no text of a person's own is without tokens.
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, Specials(*range(len(_specials)))


class Encoder:
    """Puts texts and answers into their frame, and counts tokens."""

    def __init__(
        self, tokenizer: Tokenizer, frame: Frame, padding_token: int, max_length: int
    ) -> None:
        self._tokenizer = tokenizer
        self._frame = frame
        self._padding = padding_token
        self._max_length = max_length

    def answer(self, label: str) -> list[int]:
        """The answer's tokens, the end included: no answer is then the beginning of another."""
        return [*ids_of(self._tokenizer, f"{self._frame.gap}{label}"), self._frame.end]

    def rows(self, sentences: Sequence[Sentence], labels: Sequence[str]) -> Rows:
        """The sentences with their answers; too long texts lose their end, never the answer."""
        answers = [self.answer(label) for label in labels]
        numbers = {label: number for number, label in enumerate(labels)}
        lead, closing = self._frame.lead, self._frame.closing
        room = self._max_length - len(lead) - len(closing) - max(map(len, answers))
        if room < 1:
            raise BadData(
                f"dataset.max_length {self._max_length} leaves no room for the text",
                remedy=f"raise it, well above {self._max_length + 1 - room}",
            )
        opening = self._frame.opening
        prompts = [ids_of(self._tokenizer, opening + sentence.text) for sentence in sentences]
        cut = sum(len(ids) > room for ids in prompts)
        prompts = [[*lead, *ids[:room], *closing] for ids in prompts]
        marks = np.array([numbers[sentence.label] for sentence in sentences], np.int32)
        length = max(
            len(ids) + len(answers[mark]) for ids, mark in zip(prompts, marks, strict=True)
        )
        tokens = np.full((len(sentences), length), self._padding, np.int32)
        parts = np.full(tokens.shape, padding, np.uint8)
        for row, (ids, mark) in enumerate(zip(prompts, marks, strict=True)):
            end = len(ids) + len(answers[mark])
            tokens[row, :end] = ids + answers[mark]
            parts[row, : len(ids)] = prompt_part
            parts[row, len(ids) : end] = answer_part
        return Rows(tokens, parts, marks, cut)


def answer_text(label: str) -> str:
    """How a label follows the prompt."""
    return f" {label}"


def full_text(prompt: str, sentence: Sentence) -> str:
    """What a tokenizer is trained on."""
    return prompt.replace("{text}", sentence.text) + answer_text(sentence.label)
