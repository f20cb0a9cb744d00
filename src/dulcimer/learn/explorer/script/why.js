// The card that says why: a cell, a state, or a breach.

function clauseIn(spec, clause) {
  const place = make("span", "places");
  const links = spec.links[clause] ?? [];
  if (!links.length) return make("span", "places", clause);
  links.forEach(([text, address], number) => {
    const link = make("a", "", text);
    link.href = address;
    link.rel = "noreferrer";
    place.append(...(number ? [", ", link] : [link]));
  });
  return place;
}

/** The card. `choose(state, event)`: a cell was chosen in it; `way(state, event)`: its shortest way is asked for. */
function whyOf(spec, choose, way) {
  const place = document.querySelector(".why .card");

  const stateOf = (label) => spec.states.find((one) => one.label === label);
  const eventOf = (label) => spec.events.find((one) => one.label === label);

  function wayButton(state, event) {
    const button = make("button", "go", spec.table[event]?.[state] ? "Shortest way to this cell" : "Shortest way to this state");
    button.type = "button";
    button.dataset.way = "";
    button.addEventListener("click", () => way(state, event));
    return button;
  }

  function outcome(one, step) {
    const list = make("ol", "steps");
    for (const effect of one.effects) {
      const info = spec.effects[effect];
      list.append(make("li", "", info.description, " ", clauseIn(spec, info.clause)));
    }
    const next = stateOf(one.next);
    list.append(make("li", "", make("b", "", one.next), ` ${next.meaning} `, clauseIn(spec, next.clause)));
    const condition = one.guard ? make("p", "condition", spec.guards[one.guard].words[Number(one.negated)]) : "";
    return make("div", step && step.next === one.next && step.effects === one.effects ? "outcome taken" : "outcome", condition, list);
  }

  /** A cell of Table 9-10, with the step that was made in it, if one was. */
  function cell({ end, state, event, step }) {
    const action = spec.table[event]?.[state];
    const head = make("h3", "", `${state} + ${event} `);
    const parts = [head];
    const info = eventOf(event);
    parts.push(make("p", "what", end ? make("b", "", `${end}: `) : "", `${info.description}.`));
    if (!action) {
      head.append(make("span", "arrowed", "→ nothing: this cell is blank"));
      parts.push(make("p", "do", `Here this cannot happen: ${info.blank}.`));
      if (info.kind === "primitive") parts.push(make("p", "", "It would be a misuse by the local user: nothing is sent, and the state does not change."));
      parts.push(make("p", "clause", "PS3.8 Table 9-10: ", clauseIn(spec, "PS3.8 Table 9-10")));
    } else {
      const made = spec.actions[action];
      const nexts = [...new Set((step ? [step] : made.outcomes).map((one) => one.next))];
      head.append(make("span", "arrowed", `→ ${action} → ${nexts.join(" or ")}`));
      parts.push(make("p", "do", made.description, " ", clauseIn(spec, made.clause)));
      const taken = step ? made.outcomes.filter((one) => one.effects === step.effects && one.next === step.next) : made.outcomes;
      parts.push(...(taken.length ? taken : made.outcomes).slice(0, step ? 1 : 2).map((one) => outcome(one, step)));
    }
    parts.push(make("p", "ways", wayButton(state, event)));
    place.replaceChildren(...parts);
  }

  /** A state, and what can happen in it. */
  function state(label) {
    const info = stateOf(label);
    const list = make("div", "choices");
    for (const event of spec.events) {
      const action = spec.table[event.label]?.[label];
      if (!action) continue;
      const button = make("button", "", `${event.label} ${action}`);
      button.type = "button";
      button.title = event.description;
      button.addEventListener("click", () => choose(label, event.label));
      list.append(button);
    }
    place.replaceChildren(
      make("h3", "", `${label} `, make("span", "arrowed", info.words)),
      make("p", "do", info.meaning, " ", clauseIn(spec, info.clause)),
      make("p", "what", spec.roles[info.role]),
      make("p", "what", "What can happen here:"),
      list,
    );
  }

  /** What an end has done that the standard does not allow. */
  function breach(one, unit) {
    const facts = make("dl", "");
    const fact = (name, ...value) => { if (value.some(Boolean)) facts.append(make("dt", "", name), make("dd", "", ...value)); };
    fact("Cell", one.cells.join(", ") || one.states.join(" or "));
    fact("Allowed", one.expected.join(" or "));
    fact("Standard", `${one.requirement} `, clauseIn(spec, one.clause));
    fact("Bytes", one.hex ? make("code", "", one.hex) : "", one.path ? ` ${one.path}` : "");
    fact(unit === "frame" ? "Frame" : "Line", one.frames.join(", "));
    fact("Change", one.advice);
    const isGraded = one.grade !== "value";
    const what = !isGraded ? "Value that is not allowed" : one.tolerated ? "Deviation that does no harm" : "Violation";
    const icon = make("span", "icon", "✕");
    icon.setAttribute("aria-hidden", "true");
    place.replaceChildren(make("div", `breach${one.tolerated ? " mild" : ""}`, make("h3", "", icon, ` ${what} of the ${one.end} `, make("span", "badge", isGraded ? one.severity : "not graded here")), make("p", "do", one.observed), facts));
  }

  function plain(title, ...texts) {
    place.replaceChildren(make("h3", "", title), ...texts.map((text) => make("p", "do", text)));
  }

  return { cell, state, breach, plain };
}
