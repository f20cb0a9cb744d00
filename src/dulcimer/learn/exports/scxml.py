"""The state machine as a state chart: SCXML of the W3C, which many tools draw, simulate or turn into code."""

from __future__ import annotations

from xml.etree import ElementTree

from dulcimer._generated.fsm import ACTIONS, EFFECTS, EVENTS, STATES, TABLE, Events, Outcome, States

NAMESPACE = "http://www.w3.org/2005/07/scxml"
_GUARDS = tuple(dict.fromkeys(one.guard for info in ACTIONS.values() for one in info.outcomes if one.guard))


def scxml() -> str:
    """The document: a transition for each outcome of each cell; its effects are `log` elements, in their order.

    The guards are data (``is_requestor``), true at the beginning. An event of a blank cell has no transition.
    """
    root = ElementTree.Element(
        "scxml",
        {
            "xmlns": NAMESPACE,
            "version": "1.0",
            "name": "dicom_upper_layer",
            "datamodel": "ecmascript",
            "initial": STATES[States.STA_1].label,
        },
    )
    root.append(ElementTree.Comment(" PS3.8 9.2, Table 9-10; made by dulcimer export scxml "))
    data = ElementTree.SubElement(root, "datamodel")
    for name in _GUARDS:
        ElementTree.SubElement(data, "data", {"id": name, "expr": "true"})
    for state in States:
        root.append(ElementTree.Comment(f" {STATES[state].meaning} {STATES[state].clause} "))
        _state(root, state)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _state(root: ElementTree.Element, state: States) -> None:
    element = ElementTree.SubElement(root, "state", {"id": STATES[state].label})
    for event in Events:
        label = TABLE.get((event, state))
        if label is None:
            continue
        element.append(ElementTree.Comment(f" {EVENTS[event].description}: {ACTIONS[label].description} "))
        for outcome in ACTIONS[label].outcomes:
            _transition(element, event, state, label, outcome)


def _transition(parent: ElementTree.Element, event: Events, state: States, label: str, outcome: Outcome) -> None:
    attributes = {"event": EVENTS[event].label}
    if outcome.guard:
        attributes["cond"] = f"!{outcome.guard}" if outcome.negated else outcome.guard
    if outcome.next_state != state:
        attributes["target"] = STATES[outcome.next_state].label
    element = ElementTree.SubElement(parent, "transition", attributes)
    for effect in outcome.effects:
        what = f"{effect}: {EFFECTS[effect].description}".replace("'", "\u2019")
        ElementTree.SubElement(element, "log", {"label": label, "expr": f"'{what}'"})
