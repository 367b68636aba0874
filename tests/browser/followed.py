"""Pairs that somebody follows: one in each state, with its time, as a year of work leaves them."""

from datetime import UTC, datetime, timedelta

from matcher.domain import Outcome
from matcher.proposals import Action, Counterfactual, Decision, ProposalQuery, ProposalState

WALK = (
    Decision(Action.REVIEW, "Ana", minutes=5, activity="connaissance"),
    Decision(
        Action.INTRODUCE, "Ana", minutes=15, activity="mise_en_relation", next_activity="rencontre",
        note="Message envoyé aux deux, réponse attendue sous quinze jours.",
    ),
    Decision(Action.MEET, "Ana", minutes=60, activity="rencontre", next_activity="identification"),
    Decision(Action.ALLY, "Ana", minutes=30, activity="partenariats", alliance_type="mecenat"),
    Decision(
        Action.FOLLOW_UP, "Ana", minutes=15, activity="evaluation", month=3, outcome=Outcome(2, 1, 3),
        counterfactual=Counterfactual.NO,
    ),
)  # fmt: skip


def follow(site):
    """Walk suggested pairs of a site as far as a year takes them, once."""
    proposals = site.tenant.holdings.proposals
    if proposals.counts(ProposalQuery())[ProposalState.ALLIANCE]:
        return
    found = proposals.find(ProposalQuery(states=[ProposalState.SUGGESTED]), 40).proposals
    now = datetime.now(UTC)
    for place, one in enumerate(found[2:14]):
        for i, decision in enumerate(WALK[: 1 + place % 5]):
            proposals.decide(one.id, decision, now - timedelta(days=200 - 20 * i - place))
    postponed = Decision(Action.POSTPONE, "Ana", reason="bad_timing", until=now.date() - timedelta(days=2))
    proposals.decide(found[14].id, postponed, now - timedelta(days=30))


def in_state(site, state):
    """The id of the latest pair in a state."""
    return site.tenant.holdings.proposals.latest(ProposalQuery(states=[state]), 1).proposals[0].id
