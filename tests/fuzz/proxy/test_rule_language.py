"""Rules are read as they are written, and a wrong one says what was expected."""

from __future__ import annotations

import pytest

from dulcimer.fuzz.choices import SeededChoices
from dulcimer.fuzz.operators.catalogue import OPERATORS
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.mutation import MutateNode, mutate_pdu
from dulcimer.fuzz.proxy.rule_language import RuleError, parse_rule, rule_of_delay, rule_of_drop, rule_of_mutation
from dulcimer.fuzz.proxy.rules import RuleAction, RuleCounter, WhichPdus
from dulcimer.fuzz.sequences.faults import Coalesce, Drip
from dulcimer.fuzz.sequences.steps import HalfClose, Pause, Reset
from dulcimer.wire.faults import Disconnect, Drop, Duplicate, Split, Truncate
from support.proxied import BYTES

ACTIONS: dict[str, RuleAction] = {
    "drop": Drop(),
    "duplicate": Duplicate(),
    "delay 1.5": Pause(1.5),
    "delay 2 s": Pause(2.0),
    "truncate 12 bytes": Truncate(12),
    "split 3": Split(3),
    "one byte at a time": Drip(0.0),
    "drip 0.1": Drip(0.1),
    "coalesce": Coalesce(),
    "coalesce 2": Coalesce(2.0),
    "half-close": HalfClose(),
    "reset": Reset(),
    "close": Disconnect(),
    "mutate": MutateNode(),
    "mutate called_ae_title": MutateNode("called_ae_title"),
    "mutate called_ae_title:string-nul": MutateNode("called_ae_title", "string-nul"),
    "mutate :havoc": MutateNode("", "havoc"),
}


@pytest.mark.parametrize("text", ACTIONS)
def test_each_action_is_read(text: str) -> None:
    assert parse_rule(f"A-ASSOCIATE-RQ: {text}").action == ACTIONS[text]


def test_pdus_and_ends_and_which_of_them_are_read() -> None:
    rule = parse_rule("every 10th P-DATA-TF or c-store-rq from the client: drop")
    assert rule.kinds == ("P-DATA-TF", "C-STORE-RQ")
    assert (rule.sender, rule.which) == (LinkEnd.CLIENT, WhichPdus(every=10))
    assert parse_rule("2nd any PDU: drop").which == WhichPdus(only=2)
    assert parse_rule("2.5% of A-ABORT from server: drop").which == WhichPdus(percent=2.5)
    assert parse_rule("each A-ABORT, A-RELEASE-RQ: drop").which == WhichPdus()
    assert parse_rule("any PDU: drop").fits(("A-ABORT",))
    assert not rule.fits(("A-ABORT",))
    assert not rule.may_concern(LinkEnd.SERVER)


def test_plain_options_are_rules_too() -> None:
    assert rule_of_drop("2nd A-ABORT from client").which == WhichPdus(only=2)
    assert rule_of_drop("A-ABORT", LinkEnd.SERVER).sender is LinkEnd.SERVER
    assert rule_of_delay(3.0).action == Pause(3.0)
    rule = rule_of_mutation("P-DATA-TF/command_set/message_id:value-any", LinkEnd.CLIENT)
    assert (rule.kinds, rule.action) == (("P-DATA-TF",), MutateNode("command_set/message_id", "value-any"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("drop", "has no action"),
        ("A-RELEASE-QR: drop", "did you mean A-RELEASE-RQ"),
        ("something: drop", "PDUs are A-ASSOCIATE-RQ"),
        ("A-ABORT from somebody: drop", "'from client' or 'from server'"),
        ("0th A-ABORT: drop", "counted from 1"),
        ("200% A-ABORT: drop", "100 at most"),
        ("A-ABORT: explode", "actions are mutate"),
        ("A-ABORT: delay", "needs a time in seconds"),
        ("A-ABORT: delay long", "not 'long'"),
        ("A-ABORT: truncate -1", "needs a number of bytes"),
        ("A-ABORT: mutate source:string-nil", "did you mean string-nul"),
        ("A-ABORT: mutate sources", "did you mean source"),
        ("A-ABORT: mutate source:string-nul", "string-nul does not fit 'source'"),
    ],
)
def test_a_wrong_rule_says_what_was_expected(text: str, told: str) -> None:
    with pytest.raises(RuleError, match=told):
        parse_rule(text)


def test_which_pdus_are_chosen() -> None:
    def chosen(text: str, of: int = 12) -> list[int]:
        rule, counter = parse_rule(f"{text} A-ABORT: drop"), RuleCounter()
        return [number for number in range(1, of + 1) if counter.applies(0, rule, SeededChoices(number))]

    assert chosen("3rd") == [3]
    assert chosen("every 5th") == [5, 10]
    assert chosen("each") == list(range(1, 13))
    assert 5 < len(chosen("10% of", 200)) < 40


def test_a_mutation_is_made_at_the_node_with_the_operator_and_says_so() -> None:
    pdu = BYTES["A-ASSOCIATE-RQ"]
    made = mutate_pdu(pdu, MutateNode("maximum_length/item_length", "length-plus-one"), SeededChoices(1))
    assert made is not None
    assert made.data != pdu
    assert "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length: 4 -> 5" in made.change
    assert "length-plus-one" in made.change
    assert made == mutate_pdu(pdu, MutateNode("maximum_length/item_length", "length-plus-one"), SeededChoices(1))
    assert mutate_pdu(BYTES["A-ABORT"], MutateNode("maximum_length"), SeededChoices(1)) is None


def test_every_operator_can_be_named() -> None:
    for operator in OPERATORS:
        assert parse_rule(f"any PDU: mutate :{operator.name}").action == MutateNode("", operator.name)
