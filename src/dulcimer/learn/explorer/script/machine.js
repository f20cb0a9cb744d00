// The machine of PS3.8 9.2: one event of one end, from the rows that Python has.

/** The row of the outcome of a cell; null if the cell is blank. `holds` says whether a guard holds. */
function stepOf(spec, state, event, holds) {
  const action = spec.table[event]?.[state];
  if (!action) return null;
  const outcome = spec.actions[action].outcomes.find((one) => !one.guard || holds(one.guard) !== one.negated);
  return { state, event, action, effects: outcome.effects, next: outcome.next, sources: outcome.sources };
}

/** The number of the arrow that a step takes in the drawing. */
function arrowOf(spec, step) {
  return spec.arrows.findIndex((arrow) => arrow.to === step.next && arrow.actions.includes(step.action) && arrow.from.includes(step.state));
}
