"""What lies beside the trained weights, so that the hub's tools read the folder as it is.

An adapter: adapter_config.json and adapter_model.safetensors, for PEFT. A whole model: config.json
and the tokenizer beside model.safetensors, for transformers and for `model.path`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from peft import PeftModel
from transformers import PreTrainedModel

tokenizer_files = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")


def write_adapter_config(folder: Path, model: PeftModel, base: str | None) -> None:
    """`base` is the name on the hub of what the adapter belongs to, if it has one."""
    config = model.peft_config["default"].to_dict()
    # PEFT notes where the base was read; sets have no order.
    config |= {"base_model_name_or_path": base, "inference_mode": True}
    plain = {name: sorted(v) if isinstance(v, set) else v for name, v in config.items()}
    _write_json(folder / "adapter_config.json", plain)


def write_model_config(folder: Path, model: PreTrainedModel, tokenizer: Path) -> None:
    """`tokenizer` is the folder that holds the tokenizer's files."""
    config = json.loads(model.config.to_json_string(use_diff=False))
    config |= {"architectures": [type(model).__name__], "_name_or_path": ""}
    _write_json(folder / "config.json", config)
    for name in tokenizer_files:
        if (tokenizer / name).is_file():
            (folder / name).write_bytes((tokenizer / name).read_bytes())


def _write_json(file: Path, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    file.write_text(text + "\n", encoding="utf-8")
