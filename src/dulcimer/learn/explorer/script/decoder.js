// Bytes to fields, whatever the bytes are: the layouts of the schemas say how, and each byte is in one field.

/** The rest of an item or PDU cannot be cut into fields; why is recorded already. */
class GiveUp extends Error {}

class ByteReader {
  constructor(schemas, bytes) {
    Object.assign(this, { schemas, bytes, position: 0, limit: bytes.length, tested: true, records: [], deviations: [] });
  }

  say(name, values) {
    return filled(this.schemas.texts[name], values);
  }

  deviate(path, offset, problem, structural = false) {
    this.deviations.push({ path, offset, problem, structural });
  }

  giveUp(path, offset, problem) {
    this.deviate(path, offset, problem, true);
    throw new GiveUp(problem);
  }

  /** What is left before the limit becomes one field. */
  skipRest(path, clause, doc = this.schemas.unparsed.doc) {
    const [start, end] = [this.position, this.limit];
    if (start >= end) return;
    this.position = end;
    const leaf = { ...this.schemas.unparsed, clause, doc, unparsed: true };
    this.records.push({ leaf, path, start, end, value: this.bytes.subarray(start, end), values: {} });
  }

  leaf(leaf, path, values) {
    const start = this.position;
    const end = leaf.width ? start + leaf.width : this.limit;
    if (end > this.limit) this.giveUp(path, start, this.say("NO_ROOM", { needed: counted(leaf.width, "byte"), left: this.limit - start }));
    this.position = end;
    const value = valueOf(leaf, this.bytes.subarray(start, end));
    this.records.push({ leaf, path, start, end, value, values });
    const problem = leaf.checked && this.tested ? problemOf(this.schemas, leaf, value, values) : "";
    if (problem) this.deviate(path, start, problem, leaf.structural);
    return value;
  }

  layout(number, path) {
    const layout = this.schemas.layouts[number];
    const outer = this.limit;
    const start = this.position;
    const prefix = path ? `${path}.` : "";
    const values = {};
    let frame = outer;
    let governed = "";
    try {
      for (const part of layout.parts) {
        values[part.name] = part.kind ? this.leaf(part, prefix + part.name, values) : this.list(part, prefix + part.name, values);
        if (part.name === governed) this.limit = frame;
        if (part.kind !== "length") continue;
        governed = part.governs;
        if (part.name === layout.framing) frame = this.enter(layout, part, values[part.name], prefix);
        else this.bound(part, values[part.name], prefix);
      }
      if (this.position < frame && layout.framing) {
        const where = `${prefix}${this.schemas.unparsed.name}`;
        this.deviate(where, this.position, this.say("AFTER_LAST", { left: counted(frame - this.position, "byte") }), true);
        this.skipRest(where, layout.clause);
      }
    } catch (problem) {
      if (!(problem instanceof GiveUp)) throw problem;
      this.limit = frame;
      if (!layout.framing) throw problem;
      values[this.schemas.raw] = this.bytes.subarray(start + layout.header, frame);
      this.skipRest(`${prefix}${this.schemas.unparsed.name}`, layout.clause);
    }
    this.limit = outer;
    return values;
  }

  /** Sets the limit to the end of what the length of all that follows governs. */
  enter(layout, part, length, prefix) {
    const left = this.limit - this.position;
    const { fixed, minimum } = layout;
    let problem = "";
    if (length > left) problem = this.say("TOO_LONG", { length, left });
    else if (fixed !== undefined && length !== fixed) problem = this.say("NOT_FIXED", { length, fixed });
    else if (length < minimum) problem = this.say("TOO_SHORT", { length, minimum });
    if (problem) this.deviate(prefix + part.name, this.position - part.width, problem, true);
    this.limit = this.position + Math.min(length, left);
    return this.limit;
  }

  /** Sets the limit to the end of the field that a length governs. */
  bound(part, length, prefix) {
    const left = this.limit - this.position;
    if (length > left) this.giveUp(prefix + part.name, this.position - part.width, this.say("TOO_LONG", { length, left }));
    this.limit = this.position + length;
  }

  list(part, path, values) {
    const begin = this.position;
    const { tested } = this;
    if (part.when) this.tested = tested && values[part.when[0]] === part.when[1];
    const elements = [];
    while (this.position < this.limit) {
      const left = this.limit - this.position;
      const where = `${path}[${elements.length}]`;
      if (left < part.header) {
        const rest = `${where}.${this.schemas.unparsed.name}`;
        this.deviate(rest, this.position, this.say("NO_HEADER", { left }), true);
        this.skipRest(rest, part.clause);
        break;
      }
      const kind = this.bytes[this.position];
      elements.push(this.layout(part.items ? part.items.find((one) => one.type === kind)?.layout ?? part.unknown : part.layout, where));
    }
    this.tested = tested;
    if (part.items) this.occurrences(part, path, begin, elements);
    else if (this.position === begin && part.minimum) this.deviate(path, begin, this.say("NOTHING", this.schemas.layouts[part.layout]), true);
    else if (part.message) this.oneMessage(path, elements);
    return elements;
  }

  /** How often items come, in which order, and whether what must differ does. */
  occurrences(part, path, begin, elements) {
    const seen = new Map(part.items.map((one) => [one.type, { count: 0, keys: new Set() }]));
    let highest = 0;
    elements.forEach((values, index) => {
      const kind = values.item_type;
      const entry = part.items.find((one) => one.type === kind);
      if (!entry) return;
      const where = `${path}[${index}]`;
      const one = seen.get(kind);
      one.count += 1;
      if (entry.maximum !== null && one.count > entry.maximum) this.deviate(`${where}.item_type`, -1, this.say(entry.maximum ? "TOO_OFTEN" : "NOT_HERE", { ...this.schemas.layouts[entry.layout], maximum: entry.maximum }));
      if (part.ordered && kind < highest) this.deviate(`${where}.item_type`, -1, this.say("OUT_OF_ORDER", { item_type: kind, highest }));
      highest = Math.max(highest, kind);
      const key = values[entry.unique];
      if (!entry.unique || key === undefined) return;
      if (one.keys.has(key)) this.deviate(`${where}.${entry.unique}`, -1, this.say("USED_TWICE", { key }));
      one.keys.add(key);
    });
    for (const entry of part.items) {
      if (seen.get(entry.type).count < entry.minimum) this.deviate(path, begin, this.say("NOTHING", this.schemas.layouts[entry.layout]));
    }
  }

  /** The values of one P-DATA-TF belong to one message: one context, command first, nothing after its end. */
  oneMessage(path, elements) {
    const whole = elements.map((one, index) => [index, one]).filter(([, one]) => "fragment" in one);
    const context = whole[0]?.[1].presentation_context_id;
    let previous = null;
    for (const [index, one] of whole) {
      if (one.presentation_context_id !== context) this.deviate(`${path}[${index}].presentation_context_id`, -1, this.say("OTHER_CONTEXT", { context }));
      const header = one.message_control_header & 3;
      const place = `${path}[${index}].message_control_header`;
      if (previous !== null && (header & 1) > (previous & 1)) this.deviate(place, -1, this.say("COMMAND_LATE", {}));
      else if (previous !== null && previous & 2 && (header & 1) === (previous & 1)) this.deviate(place, -1, this.say("AFTER_THE_LAST", {}));
      previous = header;
    }
  }

  pdu() {
    const { schemas } = this;
    if (!this.bytes.length) this.deviate("", 0, this.say("NO_BYTES", {}), true);
    else this.values = this.layout(schemas.pdus[this.bytes[0]] ?? schemas.unknown, "");
    const left = this.bytes.length - this.position;
    if (!left) return;
    const path = `after_pdu.${schemas.unparsed.name}`;
    this.deviate(path, this.position, this.say("AFTER_PDU", { left: counted(left, "byte") }), true);
    this.skipRest(path, schemas.after.clause, schemas.after.doc);
  }
}

/** All fields of a PDU in the order of its bytes. */
function decoded(schemas, bytes) {
  const reader = new ByteReader(schemas, bytes);
  reader.pdu();
  const found = problemsIn(reader);
  return reader.records.map(({ leaf, path, start, end, value, values }) => ({
    path,
    name: leaf.name,
    kind: leaf.kind,
    clause: leaf.clause,
    doc: leaf.doc,
    offset: start,
    length: end - start,
    value,
    meaning: leaf.unparsed ? "" : meaningOf(schemas, leaf, value, values),
    problem: found.get(path)?.join("; ") || (leaf.unparsed ? schemas.texts.NOT_CUT : ""),
  }));
}

/** The problems, each at a path that has a field. */
function problemsIn({ records, deviations }) {
  const paths = new Set(records.map((one) => one.path));
  const unparsed = new Map(records.filter((one) => one.leaf.unparsed).map((one) => [one.start, one.path]));
  const found = new Map();
  for (const { path, offset, problem, structural } of deviations) {
    let [place, text] = [path, problem];
    if (!paths.has(path)) {
      const cutOff = structural ? path.slice(path.lastIndexOf(".") + 1).replaceAll("_", " ") : "";
      if (cutOff) text = `${cutOff}: ${problem}`;
      place = (cutOff && unparsed.get(offset)) || typePlace(path, paths);
    }
    found.set(place, [...(found.get(place) ?? []), text]);
  }
  return found;
}

/** The type in the item or PDU that contains a path; if there is none, the first type. */
function typePlace(path, paths) {
  const around = path.includes(".") ? `${path.slice(0, path.lastIndexOf("."))}.` : "";
  const places = [...["item_type", "item_length", "pdu_type"].map((name) => around + name), "pdu_type", "item_type"];
  return places.find((one) => paths.has(one)) ?? "";
}
