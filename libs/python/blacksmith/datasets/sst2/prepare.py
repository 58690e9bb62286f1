"""prepare-data: the grammar's sentences, GLUE's SST-2 or a person's own, as rows of tokens."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.frames import Frame, frame_of
from blacksmith.datasets.sst2.glue import read_glue
from blacksmith.datasets.sst2.grammar import generate
from blacksmith.datasets.sst2.labelled import BadData, Splits
from blacksmith.datasets.sst2.prepared import base_folder, write_prepared
from blacksmith.datasets.sst2.pretrained import in_folder, on_hub
from blacksmith.datasets.sst2.specials import find_specials
from blacksmith.datasets.sst2.splits import checked, labels_of, read_own
from blacksmith.datasets.sst2.tokens import Encoder, Specials, full_text, train_tokenizer

if TYPE_CHECKING:
    from blacksmith.datasets.sst2.parameters import Dataset, PrepareParameters
    from blacksmith.training.context import Context


def prepare(ctx: Context[PrepareParameters]) -> None:
    """Makes what prepared.py describes in the output folder."""
    dataset = ctx.config.dataset
    try:
        splits = checked(_read(ctx, dataset), ctx.warn)
        tokenizer, specials, frame, hub_facts = _tokenizer(ctx, splits)
        rows = write_prepared(
            ctx.output,
            splits,
            labels_of(splits),
            Encoder(tokenizer, frame, specials.pad, dataset.max_length),
            {
                "prompt": dataset.prompt,
                # What ends an answer of a chat is not what ends a text.
                "specials": asdict(replace(specials, eos=frame.end)),
                "vocabulary": tokenizer.get_vocab_size(),
                "hub": hub_facts,
            },
        )
    except BadData as error:
        raise ctx.bad_input(str(error), remedy=error.remedy) from None
    if dataset.base is not None:
        # Here, since only this wants torch, whose import takes seconds.
        from blacksmith.datasets.sst2.base import write_base

        write_base(
            ctx.output / base_folder,
            rows["train"],
            tokenizer.get_vocab_size(),
            dataset.base,
            lambda step, of, loss: ctx.progress(step, of, unit="steps", loss=loss),
        )
    for split, row in rows.items():
        if row.cut:
            ctx.warn(
                f"{row.cut} of {len(row.labels)} texts of the {split} split are longer than"
                f" dataset.max_length {dataset.max_length} allows and lose their end"
            )


def _read(ctx: Context, dataset: Dataset) -> Splits:
    if dataset.path is not None:
        return read_own(Path(dataset.path), dataset.validation, dataset.test)
    if dataset.variant == "sst2":
        return read_glue(ctx.sources["sst2"], dataset.validation)
    return generate(dataset.sentences, dataset.seed)


def _tokenizer(
    ctx: Context[PrepareParameters], splits: Splits
) -> tuple[Tokenizer, Specials, Frame, dict[str, Any] | None]:
    """Leaves its files in the output folder, too."""
    dataset = ctx.config.dataset
    wanted = dataset.hub
    if wanted is None:
        texts = (full_text(dataset.prompt, sentence) for sentence in splits["train"])
        tokenizer, specials = train_tokenizer(texts, dataset.vocabulary)
        text = tokenizer.to_str(pretty=True) + "\n"
        (ctx.output / "tokenizer.json").write_text(text, encoding="utf-8")
        names = {f"{n}_token": tokenizer.id_to_token(i) for n, i in asdict(specials).items()}
        about = json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **names}, indent=2)
        (ctx.output / "tokenizer_config.json").write_text(about + "\n", encoding="utf-8")
        own = in_folder(ctx.output)
        return tokenizer, specials, frame_of(own, tokenizer, specials, dataset), None
    model, revision = wanted["model"], wanted["revision"]
    pretrained = on_hub(model, revision)
    tokenizer = pretrained.read_tokenizer()
    try:
        config = pretrained.read_json("config.json")
    except FileNotFoundError as missing:
        raise BadData(
            f"the hub has no {missing}: it is no model that this recipe can use"
        ) from None
    specials = find_specials(pretrained, config, tokenizer)
    frame = frame_of(pretrained, tokenizer, specials, dataset)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        with suppress(FileNotFoundError):
            (ctx.output / name).write_bytes(pretrained.fetch(name).read_bytes())
    # Weights are not copied: they stay in the hub's cache, and their digests make them part of
    # what this data is.
    files = hub.fetch_weights(model, revision) if wanted["weights"] else []
    facts = {
        "model": model,
        "revision": revision,
        "weights": {file.name: hub.digest(file) for file in files},
    }
    return tokenizer, specials, frame, facts
