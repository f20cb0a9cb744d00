"""All seeds of our own for one role: what a campaign begins with, before anything is known of the target."""

from __future__ import annotations

from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.corpus.query_seeds import query_seeds
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.service_seeds import service_seeds
from dulcimer.fuzz.corpus.wide_seeds import wide_seeds
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole


def own_seeds(role: TargetRole, titles: Titles) -> tuple[FuzzSequence, ...]:
    """The seeds for targets of this role."""
    usual = acceptor_seeds(titles) if role == "acceptor" else requestor_seeds()
    queries = query_seeds(titles) if role == "acceptor" else {}
    families = (usual, wide_seeds(role, titles), service_seeds(role, titles), queries)
    return tuple(seed for family in families for seed in family.values())
