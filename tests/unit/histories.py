"""Small histories whose right answers are known by construction."""

import csv
from datetime import date

import numpy as np

from matcher.domain import ActorId, Territory
from matcher.evaluation.chronicle import Event, make_chronicle
from tests.fakes import make_actor

CUT, UNTIL = date(2025, 1, 1), date(2026, 1, 1)


def event(name, year, month, *members, text="", need="", positive=True, labels=()):
    return Event(
        name,
        date(year, month, 1),
        tuple(map(ActorId, members)),
        text or name,
        need=need,
        positive=positive,
        labels=tuple(labels),
    )


def small_chronicle(*more):
    """A town that will ally with a firm and a lab; a maker that it knew; a newcomer nobody knew."""
    sectors = {
        "town": "public", "club": "public", "firm": "economique", "maker": "economique", "shop": "economique",
        "lab": "academique_accompagnement", "newcomer": "economique",
    }  # fmt: skip
    actors = [make_actor(name, sector=sector) for name, sector in sectors.items()]
    events = [
        event("old", 2023, 1, "town", "maker"),
        event("older", 2022, 1, "firm", "lab"),
        event("alone", 2024, 1, "shop"),
        event("own", 2024, 2, "town", "club"),
        event("next", 2025, 2, "town", "firm", "lab", "newcomer"),
        *more,
    ]
    return make_chronicle(actors, events)


def planted_chronicle(actors=60, seed=3, extra=()):
    """Firms and towns in two themes: those of one theme ally, and say its words."""
    random = np.random.default_rng(seed)
    words = (["bike", "wheel", "repair", "chain"], ["soup", "bread", "kitchen", "oven"])
    people, events = [], []
    for at in range(actors):
        theme, sector = at % 2, ("public", "economique")[at // 2 % 2]
        territory = Territory(
            country="FR" if at % 3 else "BE", lat=45 + at / 20, lon=2.0, region=f"FR{at % 4}"
        )
        people.append(make_actor(f"a{at:02d}", sector=sector, territory=territory))
        said = " ".join(random.choice(words[theme], 6))
        events.append(event(f"said{at:02d}", 2020 + at % 2, 1 + at % 12, f"a{at:02d}", text=said))
    for at in range(240):
        theme = int(random.integers(2))
        of_theme = [n for n in range(actors) if n % 2 == theme]
        pair = random.choice(of_theme, 2, replace=False)
        said = " ".join(random.choice(words[theme], 5))
        day = (2022 + at // 60, 1 + at // 5 % 12)
        events.append(
            event(
                f"e{at:03d}",
                *day,
                *(f"a{n:02d}" for n in pair),
                text=said,
                need=words[theme][0],
                labels=[("strand", words[theme][0]), ("topic", said)],
            )
        )
    return make_chronicle(people, [*events, *extra])


def write_cordis(directory, chronicle):
    """The tables of CORDIS that hold this history, and the directory."""
    codes = {"public": "PUB", "economique": "PRC"}
    actors = [
        {
            "org_id": a.id, "name": f"Organisation {a.id}", "sector_code": codes[a.sector], "nuts": "",
            "country": a.territory.country, "city": "", "postcode": "", "lat": a.territory.lat, "lon": 2.0,
        }
        for a in chronicle.actors
    ]  # fmt: skip
    projects = [
        {
            "project_id": e.id, "acronym": e.id, "title": e.text, "objective": e.text, "scheme": "RIA",
            "date": e.day.isoformat(), "end_date": "", "topic_title": e.need or e.text,
        }
        for e in chronicle.events
    ]  # fmt: skip
    taking_part = [
        {
            "project_id": e.id,
            "org_id": m,
            "role": "participant" if at else "coordinator",
            "terminated": "false",
        }
        for e in chronicle.events
        for at, m in enumerate(e.members)
    ]
    for name, rows in (("actors", actors), ("projects", projects), ("participations", taking_part)):
        with (directory / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return directory
