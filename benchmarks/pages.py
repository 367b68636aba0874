"""How long the queue, a pair and the pages around them take: `python -m benchmarks.pages`.

The same actors and proposals as `benchmarks.actor_pages`, in one process, sign-in and templates included.
"""

from __future__ import annotations

import random

from benchmarks.actor_pages import asked_sizes, copies, measured, signed_in

PAGES = {
    "statement of accessibility": "/accessibilite",
    "queue": "/a-examiner",
    "queue, page 200": "/a-examiner?page=200",
    "queue, by words": "/a-examiner?besoin=lys+bastion",
    "queue, by place": "/a-examiner?territoire=Redon",
    "queue, by sector and age": "/a-examiner?secteur=public&age=semaine",
    "pair": "/paires/p{n}",
    "messages of a pair": "/paires/p{n}/mise-en-relation",
    "follow-up of a pair": "/paires/p{n}/suivi",
    "follow-up": "/suivi",
    "hours": "/temps",
}


def main() -> None:
    """Measure."""
    asked = asked_sizes()
    chance = random.Random(7)  # noqa: S311 (a fixed shuffle)
    actors = copies(asked.actors, chance)
    with signed_in(actors, asked.proposals, chance) as browser:
        for name, address in PAGES.items():

            def get(n: int, address: str = address) -> None:
                answer = browser.get(address.format(n=n))
                if answer.status_code != 200:
                    raise RuntimeError(f"{address}: {answer.status_code}")

            measured(name, asked.rounds, get)


if __name__ == "__main__":
    main()
