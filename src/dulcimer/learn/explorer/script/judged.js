// Judges one recorded connection. What an end had acknowledged it may have answered: so that is judged first.

const MOST_WAITING = 10000;
const NO_ORDER = "what was sent is not known in the order of the two ends";

/** Judges a connection event by event; `told` is given what passed, in the order in which it is judged. */
class ConnectionJudge {
  /** `known`: what is known of its beginning; `isMasked(byClient, start, stop)`: bytes were left out of a recording. */
  constructor(spec, connection, known, told, isMasked = () => false) {
    Object.assign(this, { spec, connection, known, told, isMasked, breaches: [], doubts: [], frame: 0 });
    const { dicom } = spec.capture;
    this.sides = ENDS.map((role, place) => ({
      role,
      byClient: (place === 0) !== known.isFlipped,
      skimmer: new PduSkimmer(dicom, known.searching[known.isFlipped ? 1 - place : place]),
      follower: new FollowedEnd(spec, automataOf(spec), role, known),
      waiting: [],
      seen: new Set(),
      isOver: false,
    }));
    if (!known.isOpen) this.doubt("the recording begins later: what was sent before is not known");
    if (known.isOpen) {
      this.tell({ what: "open", t: connection.t, frame: connection.frame });
      this.settle();
    }
  }

  doubt(text) {
    if (!this.doubts.includes(text)) this.doubts.push(text);
  }

  pair(byClient) {
    const side = this.sides.find((one) => one.byClient === byClient);
    return [side, this.sides.find((one) => one !== side)];
  }

  reached(side) {
    return side.waiting.length ? side.waiting[0].offset : side.skimmer.position + Number(side.isOver);
  }

  /** The next event; `needs`: of the bytes of the other end it may answer so many. */
  take(event, needs = event.connection.receivedBy?.(event.byClient) ?? 0) {
    if (event.kind === "open") return;
    this.frame = event.frame;
    const [side, other] = this.pair(event.byClient);
    if (event.kind === "bytes") this.takeParts(side, other, side.skimmer.feed(event.data, event.frame, event.t), needs);
    else if (event.kind === "gap") this.takeGap(side, other, event, needs);
    else if (!side.isOver) {
      side.isOver = true;
      this.takePart(side, other, { what: "end", remains: side.skimmer.end(), isReset: event.kind === "reset", frame: event.frame, t: event.t }, needs);
      this.hurry();
    }
  }

  /** Nothing more comes. */
  finish() {
    this.hurry(true);
    if (this.sides.some((side) => side.skimmer.isLost)) this.doubt("after a PDU of unknown type nothing can be cut into PDUs");
    if (this.connection.conflicting) this.doubt(`${counted(this.connection.conflicting, "byte")} came again with other values; the first ones count`);
  }

  takeParts(side, other, parts, needs) {
    for (const part of parts) {
      if (part.what === "pdu") this.takePart(side, other, part, needs);
      else if (part.size) {
        this.doubt(`${counted(part.size, "byte")} of the ${side.role} left out, up to what looks like PDUs: a guess`);
        this.takePart(side, other, { what: "missing", size: part.size, why: "they could not be cut into PDUs", frame: part.frame, t: part.t }, 0);
      }
    }
    if (other.waiting.length) this.hurry();
  }

  takePart(side, other, part, needs) {
    if (!side.waiting.length && needs <= this.reached(other)) {
      this.judge(side, other, part);
      return;
    }
    side.waiting.push({ part, needs, offset: part.what === "pdu" ? part.offset : side.skimmer.position });
    if (side.waiting.length > MOST_WAITING) this.hurry(true);
  }

  takeGap(side, other, event, needs) {
    const parts = [...side.skimmer.gap(event.size, event.frame, event.t)];
    const why = this.spec.capture.gaps[event.why];
    this.doubt(`${counted(event.size, "byte")} of the ${side.role} are missing: ${why}`);
    if (side.skimmer.isSearching) {
      // What waits of the other end may answer what is missing; what waits of this one was sent before that.
      this.beginAgain();
      this.takePart(side, other, { what: "missing", size: event.size, why, frame: event.frame, t: event.t }, 0);
    }
    this.takeParts(side, other, parts, needs);
  }

  beginAgain() {
    this.sides.forEach((side) => side.follower.beginsAgain());
  }

  /** Judges what no longer waits; `force`: all, in the order of the recording, which may be the wrong one. */
  hurry(force = false) {
    for (let isForced = false; ;) {
      const ready = this.sides.map((side, index) => [side, this.sides[1 - index]]).filter(([side, other]) => side.waiting.length && (force || side.waiting[0].needs <= this.reached(other)));
      if (!ready.length) return;
      const [side, other] = ready.reduce((one, two) => (two[0].waiting[0].part.frame < one[0].waiting[0].part.frame ? two : one));
      const [first] = side.waiting;
      if (first.needs > this.reached(other)) {
        this.beginAgain();
        if (!isForced) {
          this.doubt("in which order the two ends have sent is not known");
          for (const one of this.sides) this.tell({ what: "missing", role: one.role, size: 0, why: NO_ORDER, frame: first.part.frame, t: first.part.t });
        }
        isForced = true;
      }
      side.waiting.shift();
      this.judge(side, other, first.part);
    }
  }

  // ---------------------------------------------------------------- judging

  judge(side, other, part) {
    if (part.what === "missing") {
      this.tell({ ...part, role: side.role });
      this.beginAgain();
    } else if (part.what === "end") this.judgeEnd(side, other, part);
    else {
      const row = this.tell({ ...part, role: side.role });
      if (!other.waiting.length) side.follower.givenBeginning(other.skimmer.beginning);
      const reading = readingOf(this.spec, part);
      const states = [...(side.follower.situation?.states ?? [])].sort();
      for (const found of side.follower.sent(part, reading)) this.find(side, part, row, { states, ...found });
      other.follower.given(part, reading);
    }
    this.settle();
  }

  judgeEnd(side, other, part) {
    const row = part.remains && this.tell({ ...part.remains, role: side.role });
    const last = this.tell({ ...part, role: side.role });
    if (!side.skimmer.isLost && !side.skimmer.isSearching) {
      const remains = part.remains ?? { offset: side.skimmer.position, data: new Uint8Array(), marks: [], frame: part.frame };
      for (const found of side.follower.ended(part.remains, part.isReset)) this.find(side, remains, row ?? last, found);
    }
    side.hasEnded = true;
    other.follower.givenTheEnd();
  }

  find(side, pdu, row, found) {
    const [start, stop] = [found.start ?? 0, found.stop ?? pdu.data.length];
    if (!found.rule.startsWith("ul.fsm.") || found.rule === this.spec.judging.oddities.malformed.rule) {
      if (this.isMasked(side.byClient, pdu.offset + start, pdu.offset + Math.max(stop, start + 1))) return;
    }
    const key = `${found.rule} ${found.observed}`;
    if (side.seen.has(key) || side.seen.size >= this.spec.judging.most_breaches) return;
    side.seen.add(key);
    const frames = found.path && pdu.frameAt ? [...new Set([pdu.frameAt(start), pdu.frameAt(Math.max(start, stop - 1))])] : framesOf(pdu);
    const shown = pdu.data.subarray(start, Math.min(stop, start + this.spec.judging.shown));
    this.breaches.push({
      states: [], cells: [], expected: [], advice: "", ...found,
      row, end: side.role, frames: frames.sort((one, other) => one - other), hex: hexOf(shown).replace(/..(?!$)/g, "$& "), tolerated: found.grade !== "violation",
    });
  }

  tell(what) {
    return this.told(what);
  }

  /** The states of both ends, after what was told last. */
  settle() {
    this.told({ what: "states", states: this.sides.map((side) => (side.hasEnded ? ["Sta1"] : [...(side.follower.situation?.resting ?? [])])) });
  }
}

const AUTOMATA = new WeakMap();

/** What is found out about the states of ends, once for all connections. */
function automataOf(spec) {
  if (!AUTOMATA.has(spec)) AUTOMATA.set(spec, new Map());
  const known = AUTOMATA.get(spec);
  return (role, knows) => {
    const key = `${role} ${knows}`;
    if (!known.has(key)) known.set(key, new Automaton(spec, role, !knows));
    return known.get(key);
  };
}
