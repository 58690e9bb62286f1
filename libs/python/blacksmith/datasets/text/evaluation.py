"""What evaluate reports about a model of a text: figures beside the baseline's, and samples."""

from __future__ import annotations

import math
from pathlib import Path

from blacksmith.datasets.text.prepared import Prepared
from blacksmith.training.report import write_report


def evaluate_text(
    loss: float, data: Prepared, samples: list[tuple[str, str]], output: Path
) -> dict[str, float]:
    """Loss in nats for a token, and bits for a character beside those of the best n-gram.

    `samples` are beginnings with what the model wrote after them. Leaves in `output`: samples.txt,
    and report.json, what the report shows.
    """
    counted = data.ngram["test"]
    bits = loss / math.log(2) / data.characters_per_token("test")
    written = [f"{begin}│{rest}" for begin, rest in samples]
    (output / "samples.txt").write_text("\n\n———\n\n".join(written) + "\n", encoding="utf-8")
    length = data.ngram["length"]
    blocks = [
        {
            "kind": "table",
            "title": "Bits for a character of the test part",
            "note": f"n-grams of up to {length} tokens, counted in the training part and smoothed"
            " (Witten and Bell); their length was chosen on the validation part.",
            "columns": ["model", "bits"],
            "rows": [["this one", round(bits, 4)], ["n-grams", round(counted, 4)]],
        },
        {
            "kind": "table",
            "title": "Written by the model",
            "columns": ["after", "it writes"],
            "rows": [list(sample) for sample in samples],
        },
    ]
    write_report(output, blocks)
    return {"loss": loss, "bits_per_character": bits, "ngram_bits_per_character": counted}
