// A moment of a recorded association: states, steps, and what was found wrong.

const FOUND = new WeakMap();

/** What was found in an association: all of it by row, and what does harm. */
function foundIn(association) {
  if (!FOUND.has(association)) {
    const byRow = new Map();
    for (const one of association.breaches) byRow.set(one.row, [...(byRow.get(one.row) ?? []), one]);
    const harmful = association.breaches.filter((one) => !one.tolerated);
    FOUND.set(association, { byRow, harmful, bad: new Set(harmful.map((one) => one.row)) });
  }
  return FOUND.get(association);
}

const statesIn = (text) => (/^Sta\d+(,\d+)*$/.test(text) ? text.slice(3).split(",").map((number) => `Sta${number}`) : []);

/** What there is to show at a row. */
function recordedMoment(spec, association, at) {
  const row = association.rows[at];
  const { cell, steps } = stepsAt(spec, association, at);
  return {
    states: { requestor: statesIn(row.states[0]), acceptor: statesIn(row.states[1]) },
    artim: {},
    steps,
    cell,
    breach: foundIn(association).byRow.get(at)?.[0] ?? null,
    pdu: row.pdu,
    spoken: spokenRow(association, at),
    words: [`${row.label}${row.words ? `: ${row.words}` : ""}`, ...row.notes],
    lane: {
      source: association,
      count: association.rows.length,
      at,
      row: (number) => recordedLaneRow(association, number),
      arrows: arrowsAround(association, at),
    },
  };
}

/** The steps of a row as they were recorded, or that of Table 9-10 if the states leave no other. */
function stepsAt(spec, association, at) {
  const row = association.rows[at];
  const steps = row.steps.map(([end, state, event, action, next]) => ({ end, state, event, action, next })).filter((step) => step.action);
  const outcomeOf = (action, next) => spec.actions[action]?.outcomes.find((one) => one.next === next);
  if (steps.length) {
    const made = steps.at(-1);
    const outcome = outcomeOf(made.action, made.next);
    return { steps, cell: { ...made, step: outcome ? { ...outcome, ...made } : null } };
  }
  const before = association.rows[at - 1];
  if (!row.event || !before) return { steps, cell: null };
  const end = otherEnd(row.sender);
  const was = statesIn(before.states[ENDS.indexOf(end)]);
  const next = statesIn(row.states[ENDS.indexOf(end)]);
  if (was.length !== 1) return { steps, cell: null };
  const action = spec.table[row.event]?.[was[0]];
  if (next.length === 1 && outcomeOf(action, next[0])) steps.push({ end, state: was[0], event: row.event, action, next: next[0] });
  return { steps, cell: { end, state: was[0], event: row.event, step: null } };
}

function spokenRow(association, number) {
  const one = association.rows[number];
  const bad = foundIn(association).byRow.has(number) ? ", violation" : "";
  return `${number + 1}: ${one.sender ? `the ${one.sender} sends ` : ""}${one.label}${one.words ? `, ${one.words}` : ""}${bad}. Requestor ${one.states[0]}, acceptor ${one.states[1]}`;
}

function recordedLaneRow(association, number) {
  const one = association.rows[number];
  const told = (end) => {
    const step = one.steps.filter((each) => each[0] === end).at(-1);
    return step ? `${step[2]} ${step[3] || "blank"} → ${step[4]}` : one.states[ENDS.indexOf(end)];
  };
  return {
    requestor: told("requestor"),
    acceptor: told("acceptor"),
    middle: one.sender && one.size ? "" : one.label,
    bad: foundIn(association).bad.has(number),
    spoken: spokenRow(association, number),
  };
}

function arrowsAround(association, at) {
  const found = [];
  for (let number = Math.max(0, at - AROUND); number < Math.min(association.rows.length, at + AROUND + 1); number += 1) {
    const row = association.rows[number];
    if (row.sender && row.size) found.push({ from: row.sender, start: number, stop: number, label: row.label, kind: "pdu", bad: foundIn(association).bad.has(number) });
  }
  return found;
}
