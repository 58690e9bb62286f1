"""Keeps secrets out of the names of metrics, which stand in records and in all made of them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from blacksmith.training.failure import BadInput

_called_secret = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|KEY", re.IGNORECASE)
_login = re.compile(r"://[^\s/?#@:]*:([^\s/?#]+)@")
# A shorter value stands in ordinary words by chance.
_shortest = 8


def refuse_secret(name: str, environ: Mapping[str, str] = os.environ) -> None:
    """Raises BadInput where `name` holds the value of a secret variable or a password of a URL."""
    for variable, secret in _secrets(environ):
        if secret in name:
            raise BadInput(
                f"the name of a metric holds the value of {variable}, which is a secret",
                remedy="name it by something else: names are written down and shown",
            )


def _secrets(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for variable, value in environ.items():
        found = [value] if _called_secret.search(variable) else _login.findall(value)
        yield from ((variable, secret) for secret in found if len(secret) >= _shortest)
