"""The tables of the SQL store, by what they hold; every row belongs to a tenant."""

from __future__ import annotations

from matcher.adapters.sql_store.tables.accounts import api_keys, people, sessions
from matcher.adapters.sql_store.tables.base import column_names, metadata
from matcher.adapters.sql_store.tables.chain import (
    drafts,
    proposal_facets,
    proposal_needs,
    proposals,
    saved_filters,
    steps,
    views,
)
from matcher.adapters.sql_store.tables.messages import changes, deliveries, replies, webhooks
from matcher.adapters.sql_store.tables.records import (
    actor_texts,
    actors,
    alliance_members,
    alliances,
    contacts,
    tenants,
    vectors,
)
from matcher.adapters.sql_store.tables.served import interactions, served_items, served_lists

__all__ = [
    "actor_texts",
    "actors",
    "alliance_members",
    "alliances",
    "api_keys",
    "changes",
    "column_names",
    "contacts",
    "deliveries",
    "drafts",
    "interactions",
    "metadata",
    "people",
    "proposal_facets",
    "proposal_needs",
    "proposals",
    "replies",
    "saved_filters",
    "served_items",
    "served_lists",
    "sessions",
    "steps",
    "tenants",
    "vectors",
    "views",
    "webhooks",
]
