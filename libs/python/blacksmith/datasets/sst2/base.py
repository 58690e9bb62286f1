"""A language model that is trained for a moment to foretell the prompts: a base that knows them.

It sees the sentences of the training split without their labels, so that what it is taught
afterwards about labels is LoRA's alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from blacksmith.datasets.sst2.tokens import Rows, prompt_part
from blacksmith.models.torch.causal_lm.architecture import random_causal_lm
from blacksmith.models.torch.causal_lm.pretraining import pretrain


def write_base(
    folder: Path,
    rows: Rows,
    vocabulary: int,
    settings: Mapping[str, Any],
    progress: Callable[[int, int, float], None],
) -> None:
    """Leaves config.json and model.safetensors in `folder`, which is made.

    `settings` are the sizes, and epochs, batch_size, learning_rate and seed. `progress` is called
    with steps done, steps in all and the loss.
    """
    # The number of threads shapes the bytes and is in no key of a preparation.
    torch.set_num_threads(1)
    tokens = torch.from_numpy(rows.tokens).to(torch.int64)
    wanted = torch.from_numpy(rows.parts == prompt_part)
    wanted[:, 0] = False  # nothing comes before it
    model = random_causal_lm(settings, vocabulary, settings["seed"])
    pretrain(model, tokens, wanted, settings, progress)
    folder.mkdir()
    config = model.config.to_json_string()
    (folder / "config.json").write_text(config, encoding="utf-8")
    # Not save_pretrained: it makes files that only their owner can read, and stores are shared.
    # Named parameters hold a tied matrix once.
    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    (folder / "model.safetensors").write_bytes(save(weights, {"format": "pt"}))
