"""Tokens a second of torch-llama's LoRA, beside transformers' Trainer with PEFT.

PYTHONPATH=libs/python <python of the torch-llama environment> benchmarks/causal_lm.py

Both train one model with random weights on the same batches of our own sentences, in processes of
their own, in turn. Each may compute a batch in one piece or in parts, and counts by what suits it
best. Tokens are those of sentences, not padding; the first steps and validation do not count.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

root = Path(__file__).parents[1]
recipe_file = root / "experiments" / "torch" / "llama" / "recipe.py"
ours, theirs = "torch-llama", "Trainer with PEFT"
warm_up = 5  # steps


def main() -> None:
    """Prints each contestant's best, and the ratio."""
    options = read_options()
    if options.contestant:
        measure(options)
        return
    found: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        prepare_sentences(options, data)
        for number in range(options.rounds):
            for micro_batch in options.micro_batches:
                for who in (ours, theirs)[:: -1 if number % 2 else 1]:
                    one = in_a_process(who, micro_batch, data)
                    found.setdefault(f"{who}:{micro_batch}", []).append(one)
    figures = summary(found)
    for key, value in figures.items():
        print(f"{key}: {value}")
    if options.result:
        options.result.write_text(json.dumps(figures, indent=2))


def read_options() -> argparse.Namespace:
    """Of the command, and of its own processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--configuration", help="an overlay in torch-llama's configs/")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60, help="of which the first do not count")
    parser.add_argument("--micro-batches", type=int, nargs="+", default=[32])
    parser.add_argument("--result", type=Path, help="where to write the figures, as JSON")
    parser.add_argument("--contestant", help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.steps <= warm_up:
        parser.error(f"--steps must be more than the {warm_up} that do not count")
    return options


def summary(found: dict[str, list[dict[str, float]]]) -> dict[str, Any]:
    """Medians over the rounds; of each contestant the parts that suit it best."""
    best: dict[str, tuple[float, str, float]] = {}
    for key, rounds in found.items():
        who, _, micro_batch = key.partition(":")
        speed = statistics.median(one["tokens_per_second"] for one in rounds)
        memory = max(one["peak_bytes"] for one in rounds)
        best[who] = max(best.get(who, (0.0, "", 0.0)), (speed, micro_batch, memory))
    figures: dict[str, Any] = {"times its tokens/s": round(best[ours][0] / best[theirs][0], 2)}
    for who, (speed, micro_batch, memory) in best.items():
        figures[f"{who}, tokens/s"] = round(speed)
        figures[f"{who}, sentences at once"] = int(micro_batch)
        if memory:
            figures[f"{who}, GB at its peak"] = round(memory / 1e9, 1)
    return figures


def in_a_process(who: str, micro_batch: int, data: Path) -> dict[str, float]:
    """What a contestant said of itself."""
    more = ["--contestant", who, "--data", str(data), "--micro-batches", str(micro_batch)]
    command = [sys.executable, __file__, *sys.argv[1:], *more]
    # One GPU, as ours has: the Trainer takes all that it sees.
    one = {"CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]}
    variables = {**os.environ, **one, "PYTHONHASHSEED": "0", "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    said: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return said


def parameters(options: argparse.Namespace) -> dict[str, Any]:
    """Of a training that takes the asked steps in one epoch, on a base of random weights."""
    from blacksmith.training.default_parameters import layered_parameters

    overlays = [f"configs/{options.configuration}.yaml"] if options.configuration else []
    if options.device != "cpu":
        overlays.append(f"devices/{options.device}.yaml")
    config = layered_parameters(recipe_file, *overlays)
    config["dataset"]["base"] = None
    config["model"]["weights"] = "random"
    count = options.steps * config["training"]["batch_size"]
    config["dataset"]["sentences"] = {"train": count, "validation": 12, "test": 12}
    micro_batch = min(options.micro_batches[0], config["training"]["batch_size"])
    config["training"] |= {"epochs": 1, "micro_batch": micro_batch}
    return config


def prepare_sentences(options: argparse.Namespace, folder: Path) -> None:
    """As prepare-data does."""
    from blacksmith.datasets.sst2.prepare import prepare
    from blacksmith.training.trial import run_trial

    seen = {"dataset": parameters(options)["dataset"]}
    run_trial(prepare, seen, folder, target="prepare-data")


def measure(options: argparse.Namespace) -> None:
    """Trains as one of both, and prints what came of it."""
    import torch

    from blacksmith.datasets.sst2.loading import read_prepared
    from blacksmith.training.request import Config
    from blacksmith.training.torch_state import IndexChunks

    options.data /= "output"
    raw = parameters(options)
    config = json.loads(json.dumps(raw), object_hook=Config)
    prepared, size = read_prepared(options.data, "train"), config.training.batch_size
    rows = prepared.rows["train"]
    order = torch.cat(list(IndexChunks(len(rows.labels), size, 1, config.training.seed)))
    tokens = int((rows.parts[order[warm_up * size :].numpy()] > 0).sum())
    way = our_seconds if options.contestant == ours else their_seconds
    seconds = way(options, raw, config, prepared, order)
    peak = torch.cuda.max_memory_allocated() if options.device == "gpu" else 0
    print(json.dumps({"tokens_per_second": tokens / seconds, "peak_bytes": peak}))


def our_seconds(options: argparse.Namespace, raw: Any, *_: Any) -> float:
    """Of the recipe's own loop, as it reports them."""
    from blacksmith.training.request import Device
    from blacksmith.training.trial import load_recipe, run_trial

    seen = {name: raw[name] for name in ("dataset", "model", "training")}
    device = Device(kind=options.device, threads=options.threads)
    with tempfile.TemporaryDirectory() as name:
        folder, train = Path(name), load_recipe(recipe_file).train
        run_trial(train, seen, folder, data=options.data, device=device)
        journal = (folder / "records" / "metrics.jsonl").read_text().splitlines()
    lines = [line for line in map(json.loads, journal) if line["split"] == "train"]
    at = {line["step"]: line["seconds"] for line in lines}
    return float(at[options.steps] - at[warm_up])


def their_seconds(
    options: argparse.Namespace, raw: Any, config: Any, prepared: Any, order: Any
) -> float:
    """Of the Trainer's, on the same rows in the same order."""
    import torch
    from trainer_with_peft import Sentence, ignored, train_with_trainer

    from blacksmith.datasets.sst2.tokens import answer_part
    from blacksmith.models.torch.causal_lm.base import random_base

    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)  # as a run's trainer does
    rows, sentences = prepared.rows["train"], []
    for number in order.tolist():
        length = int((rows.parts[number] > 0).sum())
        row = torch.from_numpy(rows.tokens[number, :length].astype("int64"))
        answers = torch.from_numpy(rows.parts[number, :length].copy()) == answer_part
        sentences.append(Sentence(row, torch.where(answers, row, ignored)))
    dtype = torch.bfloat16 if config.training.precision == "bfloat16" else torch.float32
    model = random_base(config.model, prepared.vocabulary, dtype)
    return train_with_trainer(
        model,
        sentences,
        config,
        micro_batch=config.training.micro_batch,
        warm_up=warm_up,
        on_gpu=options.device == "gpu",
    )


if __name__ == "__main__":
    main()
