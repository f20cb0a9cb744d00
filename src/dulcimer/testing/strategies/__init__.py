"""Hypothesis strategies for what DICOM implementations receive: PDUs, command sets, messages, data sets, sequences."""

from __future__ import annotations

import dulcimer.testing.needs_hypothesis  # noqa: F401  # before all others: a clear error if it is missing
from dulcimer.testing.strategies.basics import ae_titles, uids, unknown_items
from dulcimer.testing.strategies.changed import (
    ChangedBytes,
    DrawnChoices,
    damaged_pdus,
    hostile_pdus,
)
from dulcimer.testing.strategies.data_sets import data_set_bytes
from dulcimer.testing.strategies.messages import (
    FragmentedMessage,
    command_sets,
    dimse_messages,
    messages,
)
from dulcimer.testing.strategies.pdus import (
    aborts,
    associate_acs,
    associate_rjs,
    associate_rqs,
    contexts_ac,
    contexts_rq,
    p_data_tfs,
    pdu_bytes,
    pdus,
    release_rps,
    release_rqs,
    user_identities,
    user_information,
)
from dulcimer.testing.strategies.sequences import event_sequences
from dulcimer.testing.strategies.wrong import wrong_pdus

__all__ = [
    "ChangedBytes",
    "DrawnChoices",
    "FragmentedMessage",
    "aborts",
    "ae_titles",
    "associate_acs",
    "associate_rjs",
    "associate_rqs",
    "command_sets",
    "contexts_ac",
    "contexts_rq",
    "damaged_pdus",
    "data_set_bytes",
    "dimse_messages",
    "event_sequences",
    "hostile_pdus",
    "messages",
    "p_data_tfs",
    "pdu_bytes",
    "pdus",
    "release_rps",
    "release_rqs",
    "uids",
    "unknown_items",
    "user_identities",
    "user_information",
    "wrong_pdus",
]
