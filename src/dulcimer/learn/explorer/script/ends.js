// One end of a recorded connection: what it was given, what it may do, and what is wrong with what it sends.

const ITEMS_AT = 74;
const ITEM_HEADER = 4;
const WITH_ITEMS = { 0x20: 4, 0x21: 4, 0x50: 0 };
const MOST_VALUES = 4096;
const MOST_ITEMS = 8192;
const MAXIMUM_LENGTH = 0x51;

/** Whether a PDU has so few items that decoding it takes little time. */
function isWithinReason(judging, data) {
  if (data[0] === DATA) {
    let [count, at] = [0, PDU_HEADER];
    for (; at + 4 <= data.length && count <= MOST_VALUES; count += 1) at += 4 + longIn(data, at);
    return count <= MOST_VALUES;
  }
  if (!isAssociate(data[0])) return data.length <= judging.longest_command;
  let count = 0;
  const ranges = [[ITEMS_AT, data.length]];
  while (ranges.length && count <= MOST_ITEMS) {
    let [at, end] = ranges.pop();
    while (at + ITEM_HEADER <= end && count <= MOST_ITEMS) {
      const length = shortIn(data, at + 2);
      const inner = WITH_ITEMS[data[at]];
      at += ITEM_HEADER;
      count += 1;
      if (inner !== undefined) ranges.push([at + inner, Math.min(at + length, end)]);
      at += length;
    }
  }
  return count <= MOST_ITEMS;
}

/** What can be read in a PDU: `kind` is null if nothing is known of it, not even whether it is one. */
function readingOf(spec, pdu) {
  const { judging, schemas } = spec;
  const { data, size } = pdu;
  const nothing = { kind: null, isData: data[0] === DATA, label: labelOfPdu(spec, data), size, deviations: [], records: [], problems: new Map(), values: {} };
  if (pdu.isSkimmed) {
    const isPiece = data[0] === DATA && data.length >= PDU_HEADER + PDV_HEADER && size <= judging.longest_pdu && longIn(data, PDU_HEADER) === size - PDU_HEADER - 4 && !(data[11] & 1);
    return isPiece ? { ...nothing, kind: DATA } : nothing;
  }
  if (!isWithinReason(judging, data)) return nothing;
  const reader = new ByteReader(schemas, data);
  reader.pdu();
  return { ...nothing, kind: data[0], deviations: reader.deviations, records: reader.records, problems: problemsIn(reader), values: reader.values ?? {} };
}

const maximumLengthIn = ({ variable_items: items = [] }) => items.flatMap((item) => item.user_data ?? []).find((item) => item.item_type === MAXIMUM_LENGTH)?.maximum_length_received ?? null;

class FollowedEnd {
  /** `role`: whether it requests the association; `knows`: all that was before; `sees`: at least the request. */
  constructor(spec, automata, role, { isOpen, seesRequest }) {
    Object.assign(this, { spec, automata, role, hasRules: role === "requestor" || !(isOpen || seesRequest) });
    this.restart(isOpen);
  }

  restart(knows) {
    Object.assign(this, { knows, situation: this.automata(this.role, knows).start, pending: new ByteStore(), isAstray: false, limit: null, fed: 0 });
  }

  /** Bytes are missing, of one end or the other. */
  beginsAgain() {
    this.restart(false);
    this.hasRules = true;
  }

  get anything() {
    return this.automata(this.role, this.knows).anything;
  }

  take(...inputs) {
    for (const input of inputs) {
      if (!this.situation) return;
      this.situation = this.situation.inputs.length >= this.spec.judging.most_inputs ? null : this.situation.sent(input);
    }
  }

  // ---------------------------------------------------------------- what it is given

  /** The other end has sent a PDU. */
  given(pdu, reading) {
    const { fed } = this;
    this.fed = 0;
    if (reading.kind === null) {
      if (!reading.isData) this.beginsAgain();
      else {
        this.take(this.anything);
        this.hasRules = true;
      }
      return;
    }
    if (reading.kind === RQ) this.hasRules = true;
    if (!this.situation) return;
    if (this.isAstray) this.take(this.anything);
    else if (pdu.isSkimmed || (pdu.data.length >= PDU_HEADER && announcedBy(pdu.data) === pdu.data.length)) {
      this.pending.drop(this.pending.length);
      this.takeWhole(reading);
    } else this.takeBytes(pdu.data.subarray(fed));
  }

  /** The first bytes of a PDU are on the way to it: it may refuse them before the rest is there. */
  givenBeginning(data) {
    if (data.length <= this.fed) return;
    if (this.situation) {
      if (this.isAstray) this.take(this.anything);
      else this.takeBytes(data.slice(this.fed));
    }
    this.fed = data.length;
  }

  takeBytes(data) {
    this.pending.push(data);
    while (this.pending.length >= PDU_HEADER && announcedBy(this.pending.bytes) <= this.pending.length) {
      const whole = this.pending.copy(0, announcedBy(this.pending.bytes));
      this.pending.drop(whole.length);
      this.takeWhole(readingOf(this.spec, { data: whole, size: whole.length }));
      if (this.isAstray) return;
    }
    const [kind] = this.pending.bytes;
    if (!this.pending.length) return;
    const known = kind in this.spec.capture.dicom.lengths;
    if (known && !(this.pending.length >= PDU_HEADER && this.isLong(kind, longIn(this.pending.bytes, 2)))) return;
    this.isAstray = true;
    this.pending.drop(this.pending.length);
    this.take(REFUSED_OR_NOT, this.anything);
  }

  takeWhole({ kind, label, size, deviations }) {
    const event = this.spec.pdu_events[label];
    const isStructural = deviations.some((one) => one.structural);
    this.isAstray = event ? isStructural || this.isLong(kind, size - PDU_HEADER) : size > PDU_HEADER;
    const options = new Set([event ?? REFUSED]);
    // Whether a message, or an answer, is one that the end has to take is not looked at here: it may refuse it.
    if (deviations.length || this.isAstray || kind === DATA || kind === AC) options.add(REFUSED);
    if (event && isStructural) options.add("");
    this.take(inputOf([...options]));
    if (!this.isAstray) return;
    this.pending.drop(this.pending.length);
    this.take(this.anything);
  }

  /** Whether a receiver may refuse a PDU for its length alone. */
  isLong(kind, length) {
    const { judging, capture } = this.spec;
    if (isAssociate(kind)) return length > judging.long_associate;
    if (kind !== DATA) return length !== (capture.dicom.lengths[kind] ?? length);
    if (this.limit === null) return this.knows && length > judging.shortest_limit;
    return this.limit > 0 && length > this.limit;
  }

  /** The other end has closed its direction, or reset the connection. */
  givenTheEnd() {
    if (this.pending.length) this.take(REFUSED_OR_NOT);
    this.take(CLOSED);
  }

  // ---------------------------------------------------------------- what it does

  /** What is wrong with a PDU that it has sent. */
  sent(pdu, reading) {
    if (reading.kind === null && !reading.isData) {
      this.beginsAgain();
      return [];
    }
    if (reading.kind === null) {
      this.hasRules = true;
      return this.shown(reading.label, null);
    }
    const bytes = this.wrongBytes(pdu, reading);
    if (!(reading.label in this.spec.pdu_events)) {
      this.situation = null;
      return bytes;
    }
    if (isAssociate(reading.kind) && reading.values.variable_items) this.limit = maximumLengthIn(reading.values);
    const isAbort = this.spec.pdu_events[reading.label] === "Evt16";
    return [...this.shown(reading.label, isAbort && pdu.data.length === 10 ? pdu.data[8] : null, isAbort), ...bytes];
  }

  shown(label, source, isAbort = false) {
    const { situation } = this;
    if (!situation) return [];
    const next = situation.seen(label, source);
    if (next) {
      this.situation = next;
      return [];
    }
    const name = source === null ? label : `${label}(${source})`;
    if (!isAbort) {
      this.situation = null;
      return [this.oddity("impossible", situation, name)];
    }
    const allowed = situation.seen(label);
    this.situation = allowed ?? situation.assume("Sta13");
    return [this.oddity(allowed ? "abort-source" : "abort", situation, name)];
  }

  /** What is wrong with the end of its direction; `remains`: of a PDU that is not whole. */
  ended(remains, isReset) {
    const { situation } = this;
    this.situation = null;
    if (remains) return [{ ...this.spec.judging.oddities.malformed, clause: "PS3.8 9.3.1", observed: `${labelOfPdu(this.spec, remains.data)}: ${this.spec.judging.incomplete}`, path: "", grade: "violation" }];
    if (!situation || situation.seen(CLOSE) || (isReset && situation.lost())) return [];
    return [this.oddity("close", situation, isReset ? "reset of the connection" : "end of the connection")];
  }

  oddity(name, situation, seen) {
    const wanted = situation.allowed.map((one) => (one === SILENCE ? "nothing" : one));
    const cells = situation.due.map((one) => `${one} ${this.spec.table[one.split(" ")[1]][one.split(" ")[0]]}`);
    return { ...this.spec.judging.oddities[name], clause: "PS3.8 Table 9-10", observed: `${seen} where ${wanted.join(" or ") || "nothing"} is expected`, expected: wanted, cells, path: "", grade: "violation" };
  }

  /** Bytes that do not follow the layout of their PDU. */
  wrongBytes(pdu, { kind, label, deviations, records, problems, values }) {
    const { judging } = this.spec;
    const found = [];
    const first = deviations.find((one) => one.structural) ?? deviations[0];
    const isRule = this.hasRules || pdu.isCut;
    if (first) {
      const place = [...problems].find(([, texts]) => texts.some((text) => text.endsWith(first.problem)))?.[0] ?? first.path;
      const leaf = records.find((one) => one.path === place);
      const isOfRule = first.structural && isRule;
      const rule = isOfRule ? judging.rules.structure[this.role] : { ...judging.oddities.malformed, clause: leaf?.leaf.clause ?? "PS3.8 9.3" };
      const observed = isOfRule ? `${first.path}, byte ${first.offset + 1}: ${first.problem}` : `${label}: ${first.path}: ${first.problem}`;
      found.push({ ...rule, observed, path: place, start: leaf?.start, stop: leaf?.end, grade: first.structural ? "violation" : "value" });
    }
    const [from, to] = judging.echoed;
    const isRead = !(this.spec.schemas.raw in values);
    const reserved = isRule && isRead && records.find(({ leaf, start, end }) => leaf.kind === "reserved" && pdu.data.subarray(start, end).some(Boolean) && !(kind === AC && start >= from && start < to));
    if (reserved) {
      const { start, end, path } = reserved;
      found.push({ ...judging.rules.reserved[this.role], observed: `${path}, byte ${start + 1}, is ${hexOf(pdu.data.subarray(start, end)).toUpperCase()}H, not zero`, path, start, stop: end, grade: "tolerated" });
    }
    return found;
  }
}

/** The name of the PDU that begins with these bytes. */
function labelOfPdu(spec, data) {
  const type = hexOf(data.subarray(0, 1)).toUpperCase();
  return spec.pdu_types[type] ?? `PDU of type ${type}H`;
}

const announcedBy = (data) => PDU_HEADER + longIn(data, 2);
