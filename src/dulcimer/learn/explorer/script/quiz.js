// Questions about the table and the bytes, the same for the same seed.

/** Numbers from a seed (mulberry32). */
function chanceOf(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const QUESTIONS = 10;

/** Question `number` of a quiz: text, options, the right one, and the cell or the byte that it is about. */
function questionOf(spec, data, seed, number) {
  const chance = chanceOf(seed * 1009 + number * 7919 + 1);
  const pick = (list) => list[chance(list.length)];
  const filled = spec.events.flatMap((event) => Object.keys(spec.table[event.label] ?? {}).map((state) => [state, event.label]));
  const mixed = (right, others) => {
    const options = [right];
    const rest = [...new Set(others)].filter((one) => one !== right);
    while (options.length < 4 && rest.length) options.push(rest.splice(chance(rest.length), 1)[0]);
    options.sort((one, other) => (one < other ? -1 : 1));
    for (let at = options.length - 1; at > 0; at -= 1) {
      const to = chance(at + 1);
      [options[at], options[to]] = [options[to], options[at]];
    }
    return { options, right: options.indexOf(right) };
  };
  const told = (state, event) => `${state} (${spec.states.find((one) => one.label === state).words}): ${spec.events.find((one) => one.label === event).description}.`;
  const kind = number % 4;
  if (kind === 3) {
    const pdu = pick(spec.samples.filter((sample) => sample.event !== "Evt19" && sample.event !== "Evt10")).pdu;
    const fields = fieldsOf(data, data.pdus[pdu][4]).filter((field) => field.length && !/^reserved/.test(field.label));
    const field = pick(fields);
    const near = fields.filter((one) => one.label !== field.label).map((one) => one.label);
    const position = field.offset + chance(field.length);
    return { text: `To which field of this ${data.texts[data.pdus[pdu][0]]} does byte ${position + 1} belong?`, pdu, byte: position, ...mixed(field.label, near) };
  }
  if (kind === 2) {
    const event = pick(spec.events.filter((one) => one.kind === "primitive")).label;
    const state = chance(2) ? pick(filledStates(spec, event)) : pick(spec.states).label;
    const action = spec.table[event][state];
    const right = action ? `${action}: ${spec.actions[action].description}` : "Nothing: the user must not do this here";
    const others = [...Object.values(spec.table[event]).map((one) => `${one}: ${spec.actions[one].description}`), "Nothing: the user must not do this here", `AA-8: ${spec.actions["AA-8"].description}`, `AA-2: ${spec.actions["AA-2"].description}`];
    return { text: `What is done? ${told(state, event)}`, state, event, ...mixed(right, others) };
  }
  const [state, event] = pick(filled);
  const action = spec.table[event][state];
  if (kind === 1) {
    const name = (one) => `${one}: ${spec.actions[one].description}`;
    return { text: `Which action is it? ${told(state, event)}`, state, event, ...mixed(name(action), [...Object.values(spec.table[event]), ...spec.events.map((one) => spec.table[one.label]?.[state]).filter(Boolean)].map(name)) };
  }
  const outcome = spec.actions[action].outcomes[0];
  const guard = outcome.guard ? ` ${spec.guards[outcome.guard].words[Number(outcome.negated)]}.` : "";
  const name = (label) => `${label}, ${spec.states.find((one) => one.label === label).words}`;
  const others = ["Sta1", "Sta13", state, ...spec.events.map((one) => spec.table[one.label]?.[state]).filter(Boolean).flatMap((one) => spec.actions[one].outcomes.map((other) => other.next)), "Sta6"];
  return { text: `Which state comes next? ${told(state, event)}${guard}`, state, event, ...mixed(name(outcome.next), others.map(name)) };
}
