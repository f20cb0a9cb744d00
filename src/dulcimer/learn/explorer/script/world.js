// Two ends and what is on its way between them. A move makes a new world; nothing is changed in place.

const ENDS = ["requestor", "acceptor"];
const otherEnd = (end) => (end === "requestor" ? "acceptor" : "requestor");
const LETTERS = { requestor: "r", acceptor: "a" };
const END_OF = { r: "requestor", a: "acceptor" };

function firstWorld() {
  const end = () => ({ state: "Sta1", artim: false, open: false, coming: [] });
  return { requestor: end(), acceptor: end() };
}

/** The event of something that arrives. */
function eventOfItem(spec, item) {
  if (item.kind === "pdu") return spec.samples[item.sample].event;
  return { connect: "Evt5", connected: "Evt2", close: "Evt17" }[item.kind];
}

function guardsOf(spec, end, item) {
  return (guard) => (guard === "is_requestor" ? end === "requestor" : spec.samples[item?.sample]?.facts[guard] ?? true);
}

/** What an event does at an end: the next world, the step, and what it sends. */
function fire(spec, world, end, event, item) {
  const here = world[end];
  const step = stepOf(spec, here.state, event, guardsOf(spec, end, item));
  if (!step) return { world, step: null, sent: [] };
  const own = { ...here, state: step.next };
  const other = { ...world[otherEnd(end)] };
  const sent = [];
  const send = (made) => { other.coming = [...other.coming, made]; sent.push(made); };
  if (event === "Evt5" || event === "Evt2") own.open = true;
  if (event === "Evt17") { own.open = false; own.coming = []; }
  if (event === "Evt18") own.artim = false;
  for (const effect of step.effects) {
    if (effect === "start_artim" || effect === "restart_artim") own.artim = true;
    else if (effect === "stop_artim") own.artim = false;
    else if (effect === "transport_connect") send({ kind: "connect" });
    else if (effect === "transport_accept") send({ kind: "connected" });
    else if (effect.startsWith("send_pdu:")) {
      if (own.open && other.open) send({ kind: "pdu", sample: spec.sends[step.action][end] });
    } else if (effect === "close_transport") {
      own.coming = [];
      if (other.open || other.coming.some((one) => one.kind === "connect")) send({ kind: "close" });
      own.open = false;
    }
  }
  return { world: { [end]: own, [otherEnd(end)]: other }, step, sent };
}

/** Whether an end has a connection that can break, or asks for one. */
const hasConnection = (world, end) => world[end].open || world[otherEnd(end)].coming.some((item) => item.kind === "connect");
const canBreak = (world) => ENDS.some((end) => hasConnection(world, end));

/** A move is a short text: r1 (requestor, Evt1), A (the acceptor takes what comes first), xr3 (a PDU out of turn), L. */
function moved(spec, world, move) {
  if (move === "L") {
    const broken = (end) => ({ ...world[end], coming: hasConnection(world, end) ? [{ kind: "close" }] : [] });
    const next = { requestor: broken("requestor"), acceptor: broken("acceptor") };
    return { world: next, step: null, sent: [], lost: true };
  }
  if (move[0] === "x") {
    const end = END_OF[move[1]];
    const item = { kind: "pdu", sample: parseInt(move.slice(2), 36), odd: true };
    const other = { ...world[otherEnd(end)] };
    if (!world[end].open || !other.open) return { world, step: null, sent: [], end, dead: true };
    other.coming = [...other.coming, item];
    return { world: { ...world, [otherEnd(end)]: other }, step: null, sent: [item], end, odd: true };
  }
  const end = END_OF[move[0].toLowerCase()];
  if (move.length === 1) {
    const [item, ...coming] = world[end].coming;
    if (!item) return { world, step: null, sent: [], end, dead: true };
    const without = { ...world, [end]: { ...world[end], coming } };
    const event = eventOfItem(spec, item);
    return { ...fire(spec, without, end, event, item), end, event, item, state: world[end].state };
  }
  const event = `Evt${parseInt(move.slice(1), 36)}`;
  const waits = event !== "Evt18" || world[end].artim;
  const result = waits ? fire(spec, world, end, event) : { world, step: null, sent: [] };
  return { ...result, end, event, state: world[end].state };
}

const takes = (end) => LETTERS[end].toUpperCase();
const fires = (end, event) => LETTERS[end] + Number(event.slice(3)).toString(36);
const oddly = (end, sample) => `x${LETTERS[end]}${sample.toString(36)}`;

/** The moves in a text. */
function movesIn(text) {
  return text.match(/x[ra][0-9a-z]|[ra][0-9a-j]|[RAL]/g) ?? [];
}

/** What is done here by the local user, or its timer: the primitives, and ARTIM. */
function localEvents(spec) {
  return spec.events.filter((event) => event.kind === "primitive" || event.kind === "timer").map((event) => event.label);
}

/** All rows of a list of moves, and what was and is on its way. */
function played(spec, moves) {
  let world = firstWorld();
  const rows = [];
  const items = [];
  const underWay = new Map();
  const leaves = (item, from) => {
    underWay.set(item, items.length);
    items.push({ ...item, from, start: rows.length, stop: null, lost: false });
  };
  for (const move of moves) {
    const result = moved(spec, world, move);
    world = result.world;
    for (const item of result.sent) leaves(item, result.end);
    if (result.item) {
      items[underWay.get(result.item)].stop = rows.length;
      underWay.delete(result.item);
    }
    if (result.lost || underWay.size !== world.requestor.coming.length + world.acceptor.coming.length) {
      const coming = new Map(ENDS.flatMap((end) => world[end].coming.map((item) => [item, otherEnd(end)])));
      for (const [item, number] of underWay) {
        if (coming.has(item)) continue;
        items[number].lost = true;
        underWay.delete(item);
      }
      for (const [item, from] of coming) {
        if (!underWay.has(item)) leaves(item, from);
      }
    }
    rows.push({ ...result, move });
  }
  return { world, rows, items };
}

// ---------------------------------------------------------------- the shortest way to a cell

const MOST_WORLDS = 60000;

function keyOf(world) {
  return ENDS.map((end) => {
    const { state, artim, open, coming } = world[end];
    return `${state}${artim ? "t" : ""}${open ? "o" : ""}${coming.map((item) => item.kind[0] + item.kind.length + (item.sample ?? "")).join("")}`;
  }).join("|");
}

/** Moves from a world, with those out of turn that are in `extra`. */
function movesFrom(spec, world, extra) {
  const found = [];
  for (const end of ENDS) {
    if (world[end].coming.length) found.push(takes(end));
    if (world[otherEnd(end)].coming.length > 1) continue;
    for (const event of localEvents(spec)) {
      if (spec.table[event][world[end].state] && (event !== "Evt18" || world[end].artim) && !(event === "Evt1" && end === "acceptor")) found.push(fires(end, event));
    }
  }
  for (const move of extra) {
    if (move === "L" ? canBreak(world) : world.requestor.open && world.acceptor.open && world[otherEnd(END_OF[move[1]])].coming.length < 2) found.push(move);
  }
  return found;
}

function search(spec, start, extra, isThere) {
  const from = new Map([[keyOf(start), null]]);
  let edge = [start];
  while (edge.length && from.size < MOST_WORLDS) {
    const next = [];
    for (const world of edge) {
      const key = keyOf(world);
      for (const move of movesFrom(spec, world, extra)) {
        const result = moved(spec, world, move);
        const reached = keyOf(result.world);
        const there = isThere(result);
        if (!there && from.has(reached)) continue;
        if (there) {
          const way = [move];
          for (let at = from.get(key); at; at = from.get(at.key)) way.unshift(at.move);
          return way;
        }
        from.set(reached, { key, move });
        next.push(result.world);
      }
    }
    edge = next;
  }
  return null;
}

/** The fewest moves from a world until this event comes in this state, at either of the ends; null if there are none. */
function wayTo(spec, world, state, event, ends = ENDS) {
  const able = ends.filter((end) => ["both", end].includes(spec.states.find((one) => one.label === state).role));
  const isThere = (result) => result.step && able.includes(result.end) && result.step.state === state && result.step.event === event;
  if (!spec.table[event]?.[state]) {
    if (able.some((end) => world[end].state === state)) return [];
    return search(spec, world, [], (result) => result.step && able.includes(result.end) && result.step.next === state);
  }
  const odd = spec.samples.flatMap((sample, number) => (sample.event === event ? able.map((end) => oddly(otherEnd(end), number)) : []));
  return search(spec, world, [], isThere) ?? search(spec, world, event === "Evt17" ? ["L"] : odd, isThere);
}
