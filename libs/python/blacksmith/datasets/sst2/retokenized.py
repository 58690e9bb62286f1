"""The prepared sentences in the tokens of a model that a training is given as a folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from blacksmith.datasets.sst2.frames import frame_of
from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.loading import Prepared, read_prepared, read_split
from blacksmith.datasets.sst2.pretrained import in_folder
from blacksmith.datasets.sst2.specials import find_specials
from blacksmith.datasets.sst2.tokens import Encoder
from blacksmith.training.failure import BadInput


def retokenize(data: Path, model: Path, dataset: Mapping[str, Any], *splits: str) -> Prepared:
    """What `read_prepared` gives, as if it had been prepared for the model in the folder `model`.

    Raises BadInput where that has no tokenizer that can be used.
    """
    prepared = read_prepared(data)
    pretrained = in_folder(model)
    try:
        tokenizer = pretrained.read_tokenizer()
        config: dict[str, Any] = {}
        with suppress(FileNotFoundError):  # the weights' reader says what that means
            config = pretrained.read_json("config.json")
        specials = find_specials(pretrained, config, tokenizer)
        frame = frame_of(pretrained, tokenizer, specials, dataset)
        encoder = Encoder(tokenizer, frame, specials.pad, dataset["max_length"])
        rows = {split: encoder.rows(read_split(data, split), prepared.labels) for split in splits}
        answers = [encoder.answer(label) for label in prepared.labels]
    except BadData as error:
        raise BadInput(str(error), remedy=error.remedy) from None
    return replace(
        prepared,
        rows=rows,
        answers=answers,
        specials=replace(specials, eos=frame.end),
        vocabulary=tokenizer.get_vocab_size(),
    )
