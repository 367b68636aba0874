"""CORDIS, the projects of European research programmes, as actors and alliances.

Two layouts are read: the tables `actors`, `projects`, `participations` (.csv or .csv.gz), and the files
`project.csv`, `organization.csv`, `topics.csv` of the CSV export that the European Commission publishes.

What a record says is what the tables say, read so: an actor *needs* what the calls that it answered
asked for (their topic titles), and *can do* what its projects are about (title and first sentences of
the objective, word for word the same for every partner). A project of two organisations or more is an
alliance: a collective initiative for coordination and support actions, else societal innovation.
Every participant that CORDIS publishes is read as the organisation that it declares. About two hundred
private bodies have no address there and may be sole traders: look at them before you propose them.
"""

from matcher.adapters.cordis.records import CordisRecords, read_cordis

__all__ = ["CordisRecords", "read_cordis"]
