"""Everything that is kept, over SQLAlchemy: one SQLite file, or PostgreSQL with pgvector."""

from matcher.adapters.sql_store.backend import SqlBackend, default_store
from matcher.adapters.sql_store.store import SqlStore

__all__ = ["SqlBackend", "SqlStore", "default_store"]
