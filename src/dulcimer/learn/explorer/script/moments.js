// What there is to show at a moment: of the moves of the explorer, of a story, or of a recording.

const TRANSPORT_NAMES = { connect: "transport: connect", connected: "transport: connected", close: "transport: close" };

/** The title of an association, and whether something is wrong in it. */
function titled(association) {
  const { harmful } = foundIn(association);
  return harmful.length ? `✕ ${association.title} (${counted(harmful.length, "violation")})` : association.title;
}

/** The moments of a page; `app` says which one it is at. */
function momentsOf(spec, app) {
  const events = new Map(spec.events.map((one) => [one.label, one]));
  const stories = spec.stories.map((story) => movesIn(story.moves));
  const nameOf = (sample) => spec.samples[sample].name;
  const itemName = (item) => (item.kind === "pdu" ? nameOf(item.sample) : TRANSPORT_NAMES[item.kind]);
  const last = { moves: "", played: null };

  /** All rows of moves; of the same moves as before they are kept. */
  function playedOf(moves) {
    const key = moves.join("");
    if (!last.played || last.moves !== key) Object.assign(last, { moves: key, played: played(spec, moves) });
    return last.played;
  }

  /** Rows and arrows of the moves of the explorer, or of a story. */
  function ofMoves(moves) {
    const { world, rows, items } = playedOf(moves);
    const row = rows.at(-1);
    return {
      world,
      states: Object.fromEntries(ENDS.map((end) => [end, [world[end].state]])),
      artim: Object.fromEntries(ENDS.map((end) => [end, world[end].artim])),
      steps: row?.step ? [{ end: row.end, ...row.step }] : [],
      cell: row?.event ? { end: row.end, state: row.state, event: row.event, step: row.step } : null,
      pdu: row ? pduOf(row) : -1,
      spoken: row ? spoken(row, rows.length - 1) : "",
      lane: {
        count: rows.length,
        at: rows.length - 1,
        row: (number) => laneRow(rows[number], number),
        arrows: items.map((item) => ({ ...item, label: itemName(item), bad: item.odd })),
      },
    };
  }

  function pduOf(row) {
    const item = row.item?.kind === "pdu" ? row.item : row.sent.find((one) => one.kind === "pdu");
    return item ? spec.samples[item.sample].pdu : -1;
  }

  function spoken(row, number) {
    if (row.lost) return `${number + 1}: the connection breaks`;
    if (row.odd) return `${number + 1}: the ${row.end} sends ${nameOf(row.sent[0].sample)} out of turn`;
    if (!row.event) return `${number + 1}: nothing happens at the ${row.end}`;
    return `${number + 1}: ${row.end}, ${events.get(row.event).description}: ${row.step ? `${row.step.action}, then ${row.step.next}` : `cannot happen in ${row.state}`}`;
  }

  function laneRow(row, number) {
    const said = (end) => {
      if (row.end !== end || !row.event) return "";
      return row.step ? `${row.event} ${row.step.action} → ${row.step.next}` : `${row.event}: not in ${row.state}`;
    };
    const middle = row.lost ? "the connection breaks" : row.odd ? "out of turn" : "";
    return { requestor: said("requestor"), acceptor: said("acceptor"), middle, bad: Boolean(row.event && !row.step), spoken: spoken(row, number) };
  }

  const recorded = () => app.trace?.associations[app.replay - stories.length];

  return {
    itemName,
    recorded,
    event: (label) => events.get(label),
    world: (moves) => playedOf(moves).world,
    sources: () => [...spec.stories.map((story) => story.title), ...(app.trace?.associations.map(titled) ?? [])],
    length: () => (recorded() ? recorded().rows.length : stories[app.replay].length),
    now() {
      if (app.mode === "explore") return ofMoves(app.moves);
      if (app.mode !== "replay") return ofMoves([]);
      if (!recorded()) return ofMoves(stories[app.replay].slice(0, app.row + 1));
      return recorded().rows[app.row] ? recordedMoment(spec, recorded(), app.row) : ofMoves([]);
    },
  };
}
