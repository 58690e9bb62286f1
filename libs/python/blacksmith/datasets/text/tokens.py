"""Text as numbers, and what each number stands for, in bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from blacksmith.datasets.text.textfile import BadText

# What fits into the numbers that are written.
_most = 65_536

Numbers = NDArray[np.uint16]


class Characters:
    """A number for each character of a text, in their order in Unicode."""

    def __init__(self, text: str) -> None:
        codes = np.unique(_codes(text))
        if len(codes) > _most:
            raise BadText(
                f"the text has {len(codes)} different characters, and there are numbers for {_most}"
            )
        self._codes = codes
        self.pieces = [chr(code).encode() for code in codes]

    def encode(self, text: str) -> Numbers:
        """The numbers of its characters."""
        return np.searchsorted(self._codes, _codes(text)).astype(np.uint16)


class Bpe:
    """Byte-level BPE of at most `vocabulary` tokens, made from a text; it has all bytes."""

    def __init__(self, text: str, vocabulary: int) -> None:
        self._tokenizer = Tokenizer(models.BPE())
        self._tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        # The library ships this class without the types of its arguments.
        bpe_trainer: Any = trainers.BpeTrainer
        trainer = bpe_trainer(
            vocab_size=vocabulary,
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        self._tokenizer.train_from_iterator(text.splitlines(keepends=True), trainer)
        values = _bytes_of_symbols()
        tokens: dict[str, int] = self._tokenizer.get_vocab()
        in_order = sorted(tokens, key=lambda token: tokens[token])
        self.pieces = [bytes(values[symbol] for symbol in token) for token in in_order]

    def encode(self, text: str) -> Numbers:
        """The numbers of its pieces."""
        # Line by line: the library slows down with the length of one text.
        encoded = self._tokenizer.encode_batch(text.splitlines(keepends=True))
        return np.concatenate([np.array(line.ids, np.uint16) for line in encoded])


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def _bytes_of_symbols() -> dict[str, int]:
    """Byte-level tokens spell bytes in visible characters: their own, or one from 256 on."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in visible]
    spelled = {chr(byte): byte for byte in visible}
    return spelled | {chr(256 + place): byte for place, byte in enumerate(others)}
