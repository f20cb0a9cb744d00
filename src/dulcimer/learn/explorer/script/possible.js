// The states that an end may be in, from outside: its user and its timer may act at any time, and it reads late.

const CLOSE = "close";
const SILENCE = "silence";
const RECEIVED_DATA = "Evt10";
const REFUSED = "Evt19";
const MOST_SITUATIONS = 50000;

const inputOf = (options, again = false) => ({ options, again, key: `${[...options].sort()}${again ? "*" : ""}` });
/** An input has options: the events that it may be; "": it has no effect, or more is waited for. */
const REFUSED_OR_NOT = inputOf(["", REFUSED]);
const CLOSED = inputOf(["Evt17"]);

const configuration = (state, taken = 0, owes = []) => ({ state, taken, owes, key: `${state} ${taken} ${owes.map((one) => one.name + one.sources).join()}` });
const labelOf = ({ name, sources }) => (sources.length ? `${name}(${[...sources].sort().join(" or ")})` : name);

/** What is left of a configuration that shows this now; null if it does not. */
function afterShowing(found, name, source) {
  if (!found.owes.length) return found.state === "Sta1" && name === CLOSE ? found : null;
  const [{ name: owed, sources }, ...others] = found.owes;
  const fits = owed === name && (!sources.length || source === null || sources.includes(source));
  return fits ? configuration(found.state, found.taken, others) : null;
}

/** All situations of ends of one role; `role` is null where the connection was open before anything is known of it. */
class Automaton {
  constructor(spec, role, beginsAnywhere) {
    Object.assign(this, { spec, isRequestor: beginsAnywhere ? null : role === "requestor", known: new Map() });
    this.kinds = Object.fromEntries(spec.events.map((event) => [event.label, event.kind]));
    this.own = spec.events.filter(({ kind }) => kind === "primitive" || kind === "timer").map((event) => event.label);
    this.received = spec.events.filter(({ kind }) => kind === "pdu").map((event) => event.label);
    this.anything = inputOf([...this.received, ""], true);
    const states = beginsAnywhere ? spec.states.map((one) => one.label) : [role === "requestor" ? "Sta4" : "Sta1"];
    const first = beginsAnywhere ? inputOf([...this.received, "", "Evt2", "Evt5", "Evt17"], true) : inputOf([role === "requestor" ? "Evt2" : "Evt5"]);
    this.start = this.situation(states.map((state) => configuration(state)), [first]);
  }

  /** The situation of these configurations and inputs; inputs that all of them have taken are left out. */
  situation(configurations, inputs) {
    const past = Math.min(...configurations.map((one) => one.taken));
    const known = [...new Map(configurations.map((one) => (past ? configuration(one.state, one.taken - past, one.owes) : one)).map((one) => [one.key, one])).values()];
    const left = inputs.slice(past);
    const key = `${known.map((one) => one.key).sort().join(";")}|${left.map((one) => one.key).join(";")}`;
    if (!this.known.has(key)) {
      if (this.known.size >= MOST_SITUATIONS) this.known.clear();
      this.known.set(key, new Situation(this, known, left));
    }
    return this.known.get(key);
  }

  *outcomes(event, state) {
    const action = this.spec.table[event]?.[state];
    if (!action) return;
    for (const one of this.spec.actions[action].outcomes) {
      if (one.guard === "is_requestor" && this.isRequestor !== null && this.isRequestor === one.negated) continue;
      const owes = one.effects.flatMap((effect) => (effect.startsWith("send_pdu:") ? [{ name: effect.slice(9), sources: one.sources }] : effect === "close_transport" ? [{ name: CLOSE, sources: [] }] : []));
      yield { next: one.next, owes, effects: one.effects };
    }
  }
}

class Situation {
  constructor(home, known, inputs) {
    Object.assign(this, { home, known, inputs, arrivals: new Map() });
  }

  /** After one more input, which the end takes at some later time. */
  sent(input) {
    return this.home.situation(this.known, this.isRepeated(input) ? this.inputs : [...this.inputs, input]);
  }

  /** Of data in a row one input says it all, and so do bytes that can be cut in any way. */
  isRepeated(input) {
    const last = this.inputs.at(-1);
    if (!last) return false;
    if (input.key === last.key && input.options.includes("")) return true;
    return input.options.includes(RECEIVED_DATA) && input.options.every((one) => last.options.includes(one)) && last.options.every((one) => [RECEIVED_DATA, REFUSED, ""].includes(one));
  }

  /** After the end has shown a PDU, or its end; null if nothing explains that. */
  seen(name, source = null) {
    return this.arrived(`${name} ${source}`, this.graph(), (found) => afterShowing(found, name, source));
  }

  /** After a reset, with which what was sent may be lost. */
  lost() {
    return this.arrived("lost", this.graph(true), (found) => afterShowing(found, CLOSE, null));
  }

  arrived(key, graph, shows) {
    if (!this.arrivals.has(key)) {
      const left = [...graph.values()].map(shows).filter(Boolean);
      this.arrivals.set(key, left.length ? this.home.situation(left, this.inputs) : null);
    }
    return this.arrivals.get(key);
  }

  /** As if the end were in this state and had taken all inputs. */
  assume(state) {
    return this.home.situation([configuration(state)], []);
  }

  /** What may be shown next, and silence if that may be. */
  get allowed() {
    const found = new Set();
    let isSilent = false;
    for (const each of this.graph().values()) {
      if (each.owes.length) found.add(labelOf(each.owes[0]));
      else if (each.state === "Sta1") found.add(CLOSE);
      isSilent ||= !each.owes.length && each.taken === this.inputs.length;
    }
    return [...[...found].sort(), ...(isSilent ? [SILENCE] : [])];
  }

  /** The filled cells in which the next inputs may be taken. */
  get due() {
    const found = new Set();
    for (const each of this.graph().values()) {
      if (each.owes.length || each.taken >= this.inputs.length) continue;
      for (const event of this.inputs[each.taken].options) if (this.home.spec.table[event]?.[each.state]) found.add(`${each.state} ${event}`);
    }
    return [...found];
  }

  get states() {
    return new Set([...this.graph().values()].filter((each) => each.taken === this.inputs.length).map((each) => each.state));
  }

  /** The states when all inputs are taken, if user and timer do nothing; where an input may be refused, those of silence. */
  get resting() {
    const found = { true: new Set(), false: new Set() };
    const seen = new Set();
    const queue = this.known.map((each) => [configuration(each.state, each.taken), each.owes.length > 0]);
    while (queue.length) {
      const [each, answers] = queue.pop();
      const key = `${each.key} ${answers}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (each.taken === this.inputs.length) found[answers].add(each.state);
      else for (const after of this.taking(each)) queue.push([configuration(after.state, after.taken), answers || after.owes.length > 0]);
    }
    return found.false.size ? found.false : found.true;
  }

  /** What the end can become before it shows anything; `lossy`: also after what it shows, without aborts of its user. */
  graph(lossy = false) {
    if (!lossy && this.reached) return this.reached;
    const bare = (each) => (lossy && each.owes.length ? configuration(each.state, each.taken) : each);
    const found = new Map();
    const queue = this.known.map(bare);
    while (queue.length) {
      const each = queue.pop();
      if (found.has(each.key)) continue;
      found.set(each.key, each);
      if (each.owes.length) continue;
      if (each.taken < this.inputs.length) for (const after of this.taking(each)) queue.push(bare(after));
      for (const after of this.acting(each, lossy ? "Evt15" : "")) queue.push(bare(after));
    }
    if (!lossy) this.reached = found;
    return found;
  }

  *taking(each) {
    const { options, again } = this.inputs[each.taken];
    for (const event of options) {
      const taken = event && again ? each.taken : each.taken + 1;
      if (!this.home.spec.table[event]?.[each.state]) yield configuration(each.state, taken, each.owes);
      for (const one of this.home.outcomes(event, each.state)) yield configuration(one.next, taken, one.owes);
    }
  }

  *acting(each, without) {
    for (const event of this.home.own) {
      if (event === without) continue;
      for (const one of this.home.outcomes(event, each.state)) {
        // What asks for a connection asks for another one.
        if (!one.effects.includes("transport_connect")) yield configuration(one.next, each.taken, one.owes);
      }
    }
  }
}
