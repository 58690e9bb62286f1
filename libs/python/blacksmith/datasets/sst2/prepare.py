"""prepare-data: the grammar's sentences, GLUE's SST-2 or a person's own, as rows of tokens."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenizers import Tokenizer

from blacksmith.datasets.sst2 import hub
from blacksmith.datasets.sst2.glue import read_glue
from blacksmith.datasets.sst2.grammar import generate
from blacksmith.datasets.sst2.labelled import BadData, Splits
from blacksmith.datasets.sst2.prepared import base_folder, write_prepared
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
        tokenizer, specials, hub_facts = _tokenizer(dataset, splits)
        tokenizer_file = ctx.output / "tokenizer.json"
        tokenizer_file.write_text(tokenizer.to_str(pretty=True) + "\n", encoding="utf-8")
        rows = write_prepared(
            ctx.output,
            splits,
            labels_of(splits),
            Encoder(tokenizer, specials, dataset.prompt, dataset.max_length),
            {
                "prompt": dataset.prompt,
                "specials": asdict(specials),
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
    dataset: Dataset, splits: Splits
) -> tuple[Tokenizer, Specials, dict[str, Any] | None]:
    wanted = dataset.hub
    if wanted is None:
        texts = (full_text(dataset.prompt, sentence) for sentence in splits["train"])
        return *train_tokenizer(texts, dataset.vocabulary), None
    model, revision = wanted["model"], wanted["revision"]
    try:
        tokenizer = _read_tokenizer(hub.fetch(model, revision, "tokenizer.json"))
        config = hub.fetch_json(model, revision, "config.json")
    except FileNotFoundError as missing:
        raise BadData(
            f"the hub has no {missing}: it is no model that this recipe can use"
        ) from None
    # Weights are not copied: they stay in the hub's cache, and their digests make them part of
    # what this data is.
    files = hub.fetch_weights(model, revision) if wanted["weights"] else []
    facts = {
        "model": model,
        "revision": revision,
        "weights": {file.name: hub.digest(file) for file in files},
    }
    return tokenizer, find_specials(model, revision, config, tokenizer), facts


def _read_tokenizer(file: Path) -> Tokenizer:
    try:
        return Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise BadData(f"{file} is no tokenizer: {error}") from None
