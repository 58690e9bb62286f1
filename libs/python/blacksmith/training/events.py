"""The event stream: JSON lines on a descriptor of their own, or words for people."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any, Protocol

_longest_text = 32_000


class EventStream(Protocol):
    """Where a run reports what happens to it."""

    def emit(self, event: str, **fields: Any) -> None:
        """Tells one event; fields that are None are left out."""


def open_event_stream() -> EventStream:
    """The stream that BLACKSMITH_EVENTS_FD names, else stderr in words."""
    descriptor = os.environ.pop("BLACKSMITH_EVENTS_FD", None)
    return PrintedEvents() if descriptor is None else JsonEvents(int(descriptor))


class JsonEvents:
    """One whole line for each event, written at once."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)  # a worker process must not keep the stream open
        self.descriptor = descriptor
        self._lock = threading.Lock()

    def emit(self, event: str, **fields: Any) -> None:
        """Tells one event; fields that are None are left out."""
        line = {"event": event, "time": round(time.time(), 3)}
        line |= {name: _bounded(value) for name, value in fields.items() if value is not None}
        text = json.dumps(line, ensure_ascii=False) + "\n"
        # Half a pair of surrogates, as of a broken file name, has no UTF-8; JSON can write it.
        data = memoryview(text.encode(errors="backslashreplace"))
        with self._lock:
            try:
                while data:
                    data = data[os.write(self.descriptor, data) :]
            except BrokenPipeError:
                os._exit(1)  # whoever started this run is gone


class NoEvents:
    """Of a process that has another one report for it."""

    def emit(self, event: str, **fields: Any) -> None:
        """Tells nobody."""


class PrintedEvents:
    """For a run by hand: a line of words on stderr for each event."""

    def emit(self, event: str, **fields: Any) -> None:
        """Prints one event; a traceback follows its message."""
        sys.stderr.write(_words(event, fields) + "\n")
        if fields.get("traceback"):
            sys.stderr.write(str(fields["traceback"]))
        sys.stderr.flush()


def _bounded(value: Any) -> Any:
    """A text of which both ends are kept: who listens reads no line without end."""
    if not isinstance(value, str) or len(value) <= _longest_text:
        return value
    half = _longest_text // 2
    return f"{value[:half]}\n… ({len(value) - 2 * half:,} characters left out) …\n{value[-half:]}"


def _words(event: str, fields: dict[str, Any]) -> str:
    match event:
        case "progress":
            epoch = f"epoch {fields['epoch']}/{fields['epochs']}  " if fields.get("epoch") else ""
            rate = f"  {fields['rate']:,.0f} {fields['unit']}/s" if fields.get("rate") else ""
            return f"{epoch}step {fields['step']}/{fields['of']}{_values(fields['metrics'])}{rate}"
        case "metric":
            return f"{fields['split']} at step {fields['step']}:{_values(fields['values'])}"
        case "finished":
            return f"finished in {fields['seconds']:.1f} s{_values(fields.get('metrics') or {})}"
        case "failed":
            remedy = f"\n  {fields['remedy']}" if fields.get("remedy") else ""
            return f"failed ({fields['kind']}): {fields['message']}{remedy}"
        case "warning":
            return f"warning: {fields['message']}"
    rest = "  ".join(f"{name} {value}" for name, value in fields.items() if value is not None)
    return f"{event}  {rest}"


def _values(values: dict[str, float]) -> str:
    return "".join(f"  {name} {value:.4g}" for name, value in values.items())
