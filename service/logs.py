"""Logs as lines of JSON on stderr, with no personal data in them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

NAMES = ("maillon.requests", "service", "matcher")


class JsonLines(logging.Formatter):
    """A record as one line: when, how grave, from where, and what."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "facts", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def log_as_lines() -> None:
    """Have our own loggers write lines of JSON, unless somebody gave them handlers."""
    for name in NAMES:
        logger = logging.getLogger(name)
        if not logger.handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(JsonLines())
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
            logger.propagate = False
