"""The special tokens of a model, wherever the model's files name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenizers import Tokenizer

from blacksmith.datasets.sst2.labelled import BadData
from blacksmith.datasets.sst2.pretrained import Pretrained
from blacksmith.datasets.sst2.tokens import Specials


def find_specials(model: Pretrained, config: Mapping[str, Any], tokenizer: Tokenizer) -> Specials:
    """Its tokens for padding, beginning and end; raises BadData where it has no end.

    `config` is the content of its config.json. Nothing looks at padding, and what begins is told by
    what ended before it: the end serves where the model has none of the two.
    """
    vocabulary = tokenizer.get_vocab_size()
    size = config.get("vocab_size")
    most = max(vocabulary, size) if isinstance(size, int) else vocabulary
    other_files = [("generation_config.json", False), ("tokenizer_config.json", True)]
    found = {name: _number(config.get(f"{name}_token_id"), most) for name in ("pad", "bos", "eos")}
    for file, by_text in other_files:
        if found["bos"] is not None and found["eos"] is not None:
            break
        try:
            more = model.read_json(file)
        except FileNotFoundError:
            continue
        for name in ("bos", "eos"):
            if found[name] is None:
                given = (
                    _token(more.get(f"{name}_token"), tokenizer)
                    if by_text
                    else more.get(f"{name}_token_id")
                )
                found[name] = _number(given, most)
    pad, bos, eos = found["pad"], found["bos"], found["eos"]
    if eos is None:
        raise BadData(
            f"config.json of {model.name} names no eos_token_id below {most}:"
            " an answer could not end",
            remedy="choose another model, one whose tokenizer has a token for the end",
        )
    return Specials(pad=eos if pad is None else pad, bos=eos if bos is None else bos, eos=eos)


def _number(given: Any, most: int) -> int | None:
    # Some models end in one of several tokens; the first is that of plain text.
    number = given[0] if isinstance(given, list) and given else given
    plain = isinstance(number, int) and not isinstance(number, bool)
    return number if plain and 0 <= number < most else None  # -1 stands for none in old files


def _token(given: Any, tokenizer: Tokenizer) -> int | None:
    text = given.get("content") if isinstance(given, dict) else given
    number: int | None = tokenizer.token_to_id(text) if isinstance(text, str) else None
    return number
