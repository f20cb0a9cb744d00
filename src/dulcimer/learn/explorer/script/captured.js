// A capture that was dropped into the page: its associations as rows, and what is wrong in them.

const MOST_STATES = 3;

/** States in short: Sta7,9 for several. */
function statesText(states) {
  const numbers = states.map((one) => Number(one.slice(3))).sort((one, other) => one - other);
  if (!numbers.length) return "?";
  return numbers.length > MOST_STATES ? "several" : `Sta${numbers.join(",")}`;
}

/** Judges all connections as their events come; `tellOf(connection)` gives what is told what passed on it. */
class EventJudge {
  constructor(spec, tellOf) {
    Object.assign(this, { spec, tellOf, judges: new Map(), unknown: new Map(), finished: [], others: [] });
  }

  take(event) {
    const { number } = event.connection;
    if (!this.judges.has(number)) this.recognise(event);
    else if (event.kind !== "end") this.judges.get(number).take(event);
    if (event.kind !== "end") return;
    const judge = this.judges.get(number);
    if (!judge) {
      this.others.push(this.unknown.get(number).name);
      this.unknown.delete(number);
      return;
    }
    judge.finish();
    this.judges.delete(number);
    this.finished.push(judge);
  }

  recognise(event) {
    const { connection } = event;
    if (!this.unknown.has(connection.number)) this.unknown.set(connection.number, new Unrecognised(this.spec.capture, connection));
    const unknown = this.unknown.get(connection.number);
    unknown.add(event);
    const known = unknown.recognised(event.kind === "end");
    if (!known) return;
    this.unknown.delete(connection.number);
    const judge = new ConnectionJudge(this.spec, connection, known, this.tellOf(connection), connection.isMasked);
    this.judges.set(connection.number, judge);
    for (const [one, needs] of unknown.events) judge.take(one, needs);
  }
}

/** The associations of a capture, each with all that passed; what was left out, and where the file is damaged. */
function capturedAssociations(spec, bytes) {
  const found = new Map();
  const judge = new EventJudge(spec, (connection) => {
    const passed = [];
    found.set(connection.number, passed);
    return (what) => {
      if (what.what === "states") {
        for (let at = passed.length - 1; at >= 0 && !passed[at].states; at -= 1) passed[at].states = what.states;
        return -1;
      }
      return passed.push(what) - 1;
    };
  });
  const read = followed(spec.capture, bytes, (event) => judge.take(event));
  const associations = judge.finished.sort((one, other) => one.connection.number - other.connection.number).map((one) => ({
    connection: one.connection,
    isFlipped: one.known.isFlipped,
    passed: found.get(one.connection.number),
    breaches: one.breaches,
    doubts: one.doubts,
  }));
  return { ...read, associations, others: judge.others };
}

const PASSED = { open: "transport:opened", missing: "dul:gap" };

/** The replay of a capture; throws an Error that says what is wrong. */
function captureIn(spec, data, bytes, name) {
  const found = capturedAssociations(spec, bytes);
  const others = othersInWords(found.others);
  if (!found.associations.length) throw new Error(noDicom(found, others, name));
  let left = spec.most_rows;
  const associations = found.associations.map((one, number) => {
    const rows = one.passed.slice(0, left).map((what) => rowOf(spec, data, what));
    left -= rows.length;
    const { client, server } = one.connection;
    const ends = one.isFlipped ? [server, client] : [client, server];
    const breaches = one.breaches.map((breach) => ({ ...breach, row: Math.max(0, Math.min(breach.row, rows.length - 1)) }));
    return { title: `${number + 1}: ${ends.map((end) => `${end.host} port ${end.port}`).join(" to ")}`, rows, breaches: worstFirst(breaches), doubts: one.doubts };
  }).filter((one) => one.rows.length);
  const remarks = [...found.remarks];
  if (found.damage) remarks.unshift(`The capture is damaged: ${found.damage}. What comes before was read.`);
  if (others) remarks.push(`Left out: ${others}.`);
  if (left <= 0) remarks.push(`Only the first ${spec.most_rows} rows are shown.`);
  return { unit: "frame", associations, remarks, judged: name };
}

function rowOf(spec, data, what) {
  const isPdu = what.what === "pdu";
  const whole = isPdu && !what.isCut;
  const label = whole ? labelOfPdu(spec, what.data) : PASSING[isPdu ? "transport:bytes" : PASSED[what.what] ?? (what.isReset ? "transport:reset" : "transport:closed")];
  const size = isPdu ? (what.isCut ? what.data.length : what.size) : 0;
  const words = isPdu ? counted(size, "byte") : what.what === "missing" ? `${what.size ? `${counted(what.size, "byte")}: ` : ""}${what.why}` : "";
  return {
    sender: what.role ?? "", label, words, states: what.states.map(statesText), steps: [], notes: [], size, frame: what.frame,
    pdu: isPdu ? added(data, label, what.data.subarray(0, spec.most_bytes), size) : -1,
    event: whole ? spec.pdu_events[label] ?? "Evt19" : "",
  };
}

function othersInWords(names) {
  const counts = new Map();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort().map(([name, count]) => `${counted(count, "connection")}, ${name}`).join("; ");
}

function noDicom({ frames, damage, connections }, others, name) {
  const why = damage ? ` It is damaged: ${damage}.` : "";
  if (!connections) return `${name} has ${counted(frames, "frame")}, and no TCP connection in them.${why}`;
  const tls = others.includes("TLS") ? " What is inside TLS cannot be seen: capture where the TLS ends, or record a trace at one of the ends." : "";
  return `There is no DICOM in ${name}: ${others}.${tls}${why}`;
}
