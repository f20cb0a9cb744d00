// The TCP connections of a capture: what is seen of each, event by event.

const nameOf = (end) => `${end.host} ${end.port}`;

class ConnectionTable {
  constructor(facts, tell) {
    Object.assign(this, { facts, tell, routes: new Map(), over: new Set(), count: 0 });
  }

  /** Any segment. */
  take(segment, frame, t) {
    const { from, to, sequence, acknowledged, flags, data, missing } = segment;
    const key = `${nameOf(from)} ${nameOf(to)}`;
    let route = this.routes.get(key);
    if (route && this.isUsual(route, segment)) {
      this.pass(route, segment, frame, t);
      return;
    }
    if (!route || this.isOfAnother(route, segment)) route = this.begin(route, key, segment, frame, t);
    const { both, sender, receiver } = route;
    Object.assign(both, { frame, t });
    if (flags & ACK && !(flags & RST)) receiver.noteAcknowledged(acknowledged);
    let first = sequence;
    if (flags & SYN) {
      this.open(route, segment, frame, t);
      first = wrapped(sequence + 1);
    }
    if (flags & RST) {
      this.giveUp(both, frame, t);
      this.tell({ kind: "reset", connection: both.connection, byClient: sender.byClient, frame, t });
      this.endSoon(both, "reset");
      return;
    }
    if (data.length || missing) sender.take(first, data, missing, frame, t, this.tell);
    if (flags & FIN) sender.finish(wrapped(first + data.length + missing), frame, t, this.tell);
    while (sender.isTooFull) sender.giveUpFirst(this.tell);
    if (both.client.isFinished && both.server.isFinished) this.endSoon(both, "closed");
  }

  /** Whether a segment opens and closes nothing, and continues what is there, or only acknowledges. */
  isUsual({ sender }, { flags, sequence, data, missing }) {
    if ((flags & (ACK | FIN | RST | SYN)) !== ACK || missing) return false;
    return !data.length || (sequence === sender.next && !sender.pieces.starts.length && !sender.fin);
  }

  pass({ both, sender, receiver }, { sequence, acknowledged, data }, frame, t) {
    if (receiver.acknowledged === null || wrapped(acknowledged - receiver.acknowledged) < HALF) receiver.acknowledged = acknowledged;
    Object.assign(both, { frame, t });
    if (!data.length) return;
    Object.assign(sender, { position: sender.position + data.length, next: wrapped(sequence + data.length), last: data });
    this.tell({ kind: "bytes", connection: sender.connection, byClient: sender.byClient, frame, t, data });
  }

  /** Tells the end of connections that have been over for long. */
  sweep(t) {
    for (const both of [...this.over]) if (both.t + this.facts.connections.linger < t) this.end(both);
  }

  /** No further segment comes. */
  endAll() {
    for (const [key, { both }] of [...this.routes]) if (both.key === key) this.end(both);
  }

  /** Whether the ports are used for another connection, of which this is the first segment seen. */
  isOfAnother({ both, sender, receiver }, { sequence, flags, data, missing }) {
    const { near } = this.facts.connections;
    if (flags & RST) return false;
    if (flags & SYN) {
      // A request that comes again has the same number, one for another connection seldom has.
      if (sender.first !== null) return sequence !== sender.first || (both.ending !== "" && !(flags & ACK));
      const ahead = sender.next === null ? 0 : distance(sequence + 1, sender.next) - sender.position;
      return sender.next === null ? !(flags & ACK) && receiver.next !== null : ahead < 0 || ahead > near;
    }
    return both.ending !== "" && (data.length > 0 || missing > 0) && sender.next !== null && Math.abs(distance(sender.next, sequence)) > near;
  }

  begin(route, key, { from, to, flags }, frame, t) {
    if (route) this.end(route.both, "replaced");
    const isAnswer = flags & SYN && flags & ACK;
    const [client, server] = isAnswer ? [to, from] : [from, to];
    this.count += 1;
    const connection = { number: this.count, client, server, frame, t, late: 0, conflicting: 0, hasBeginning: false };
    const ends = [true, false].map((byClient) => new OrderedEnd(this.facts.ordering, connection, byClient));
    connection.receivedBy = (byClient) => ends[byClient ? 1 : 0].acknowledgedPlace;
    const both = { connection, key: `${nameOf(client)} ${nameOf(server)}`, back: `${nameOf(server)} ${nameOf(client)}`, client: ends[0], server: ends[1], frame, t, ending: "" };
    this.routes.set(both.key, { both, sender: ends[0], receiver: ends[1] });
    this.routes.set(both.back, { both, sender: ends[1], receiver: ends[0] });
    return this.routes.get(key);
  }

  open({ both, sender, receiver }, { sequence, acknowledged, flags }, frame, t) {
    if (sender.first === null) {
      sender.open(sequence);
      if (sender.byClient) both.connection.hasBeginning = true;
      this.tell({ kind: "open", connection: both.connection, byClient: sender.byClient, frame, t });
    }
    // The SYN of the client is missing, but this acknowledges it: so the first bytes are known.
    if (flags & ACK) receiver.next ??= acknowledged;
  }

  endSoon(both, ending) {
    if (both.ending) return;
    both.ending = ending;
    this.over.add(both);
  }

  end(both, otherwise = "") {
    this.giveUp(both, both.frame, both.t);
    this.tell({ kind: "end", connection: both.connection, frame: both.frame, t: both.t, ending: both.ending || otherwise });
    this.over.delete(both);
    this.routes.delete(both.key);
    this.routes.delete(both.back);
  }

  giveUp(both, frame, t) {
    both.client.giveUpAll(frame, t, this.tell);
    both.server.giveUpAll(frame, t, this.tell);
  }
}

/** Reads a capture: `tell` is given each event. How many frames there are, what was left out, and where the file is damaged. */
function followed(facts, bytes, tell) {
  const events = [];
  const table = new ConnectionTable(facts, (event) => events.push(event));
  const segments = new SegmentReader(facts, bytes);
  const pass = () => events.splice(0).forEach(tell);
  let frames = 0;
  const damage = eachFrame(facts, bytes, (frame) => {
    frames = frame.number;
    if (frames % facts.connections.sweep === 0) table.sweep(frame.t);
    pass();
    const segment = segments.segment(frame);
    if (!segment) return;
    table.take(segment, frame.number, frame.t);
    pass();
  });
  table.endAll();
  pass();
  const remarks = [...segments.unread].sort(([one], [other]) => one - other).map(([link, count]) => `Left out: ${counted(count, "frame")} of link type ${link}, which is not read.`);
  const missing = segments.fragments.givenUp + segments.fragments.packets.size;
  if (missing) remarks.push(`Left out: ${counted(missing, "IP packet")} of which fragments are missing.`);
  return { frames, damage, remarks, connections: table.count };
}
