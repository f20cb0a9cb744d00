// The lines of a trace as events of connections, to be judged as those of a capture; an event has its line for a frame.

/** What is kept of a recorded PDU, and what is left out, in order; nothing if the line makes no sense. */
function* piecesOf(raw) {
  if (!/^([0-9a-f]{2})*$/.test(raw?.data ?? "")) return;
  const kept = bytesIn(raw.data);
  let [at, taken] = [0, 0];
  for (const one of Array.isArray(raw.masked) ? raw.masked : []) {
    if (!(one?.at >= at && one.size >= 0)) return;
    if (one.at > at) yield { data: kept.subarray(taken, taken + one.at - at) };
    yield { at: one.at, size: one.size };
    [taken, at] = [taken + one.at - at, one.at + one.size];
  }
  if (taken < kept.length) yield { data: kept.subarray(taken) };
}

class TraceJudge {
  constructor(spec) {
    this.spec = spec;
    this.streams = new Map();
    this.found = new Map();
    this.count = 0;
    this.judge = new EventJudge(spec, () => () => -1);
  }

  take(line, group, number) {
    const about = line.data ?? {};
    const event = (kind, byClient, more = {}) => this.judge.take({ kind, connection: this.stream(group, number).connection, byClient, frame: number, t: 0, ...more });
    const byClient = about.sender === ENDS[0];
    const hasSender = ENDS.includes(about.sender);
    if (line.name === "transport:opened") {
      this.endOf(group);
      this.stream(group, number);
      [true, false].forEach((one) => event("open", one));
    } else if (line.name === "trace:cut") this.endOf(group);
    else if (!hasSender) return;
    else if (line.name === "dul:gap") event("gap", byClient, { size: about.size || 1, why: "lost" });
    else if (line.name === "transport:closed") event("fin", byClient);
    else if (line.name === "transport:reset") event("reset", byClient);
    else if (line.name.startsWith("dul:pdu_") || line.name === "transport:bytes") this.bytes(group, number, about.raw, byClient, event);
  }

  /** The bytes of a line; zeros stand for those that were left out, and nothing is concluded from them. */
  bytes(group, number, raw, byClient, event) {
    const stream = this.stream(group, number);
    const kept = new ByteStore();
    const pass = () => {
      if (kept.length) event("bytes", byClient, { data: kept.copy() });
      kept.drop(kept.length);
    };
    for (const { data, at, size } of piecesOf(raw)) {
      if (data) kept.push(data);
      else {
        const start = stream.sent[byClient] + at;
        stream.masked.push([byClient, start, start + size]);
        if (size <= this.spec.most_filled) kept.push(new Uint8Array(size));
        else {
          pass();
          event("gap", byClient, { size, why: "cut" });
        }
      }
    }
    pass();
    stream.sent[byClient] += Number(raw?.length) || 0;
  }

  stream(group, number) {
    if (!this.streams.has(group)) {
      this.count += 1;
      const masked = [];
      const isMasked = (byClient, start, stop) => masked.some(([end, first, last]) => end === byClient && first < stop && last > start);
      const connection = { number: this.count, frame: number, t: 0, late: 0, conflicting: 0, isMasked };
      this.streams.set(group, { connection, masked, sent: { true: 0, false: 0 } });
    }
    return this.streams.get(group);
  }

  endOf(group) {
    const stream = this.streams.get(group);
    if (!stream) return;
    this.streams.delete(group);
    this.judge.take({ kind: "end", connection: stream.connection, frame: 0, t: 0 });
    const [found] = this.judge.finished.splice(0);
    if (!found) return;
    const before = this.found.get(group) ?? { breaches: [], doubts: [] };
    this.found.set(group, { breaches: [...before.breaches, ...found.breaches], doubts: [...before.doubts, ...found.doubts] });
  }

  end() {
    [...this.streams.keys()].forEach((group) => this.endOf(group));
  }
}
