"""Answers questions about trials: a line of JSON for each line of JSON, until its input ends."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Reads standard input and writes standard output; the first question opens the study."""
    # Whatever a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    study = None
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if study is None:
                from blacksmith.sweeps.study import Study

                study = Study(question)
                reply: object = None
            else:
                reply = study.answer(question)
            answer: dict[str, object] = {"reply": reply}
        except ModuleNotFoundError as error:
            answer = {
                "error": f"{sys.executable} has no {error.name}, which chooses a sweep's trials",
                "remedy": "install optuna and scipy into it, or unset BLACKSMITH_PYTHON",
            }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


main()
