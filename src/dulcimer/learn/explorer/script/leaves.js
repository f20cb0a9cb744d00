// One field of a PDU: its value, what is wrong with it, and what it means. Rules and texts are those of the schemas.

/** A text of the schemas with its values in their places; `{x:02X}` is a number in hexadecimal digits. */
function filled(text, values) {
  return text.replace(/\{(\w+)(:02X)?\}/g, (_, name, hex) => (hex ? values[name].toString(16).toUpperCase().padStart(2, "0") : String(values[name])));
}

const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const numberIn = (bytes) => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

/** The value of bytes as a leaf reads them: a number, text, or bytes. */
function valueOf(leaf, bytes) {
  if (["const", "enum", "integer", "length"].includes(leaf.kind)) return numberIn(bytes);
  if (leaf.kind === "reserved" && (leaf.width === 1 || leaf.width === 2)) return numberIn(bytes);
  if (leaf.kind === "ae_title") return latin1(bytes).replace(/ +$/, "");
  return ["uid", "text"].includes(leaf.kind) ? latin1(bytes) : bytes;
}

/** What is wrong with a value by the rule of its field; `values` are those before it in the same layout. */
const RULES = {
  BitZeroSet: (rule, value) => (value % 2 ? "" : filled(rule.text, { value })),
  NotAbove: (rule, value) => (value <= rule.most ? "" : filled(rule.text, { value })),
  ZeroUnless: (rule, value, values) => (value && values[rule.by] !== rule.other ? filled(rule.text, { value }) : ""),
  EvenAndNotEmpty: (rule, value) => (!value.length ? rule.empty : value.length % 2 ? filled(rule.text, { size: value.length }) : ""),
};

const hasForm = (schemas, form, text) => new RegExp(`^(?:${schemas.forms[form]})$`, "s").test(text);

function uidProblem(schemas, uid) {
  const { texts, longest } = schemas;
  if (uid.length <= longest && hasForm(schemas, "uid", uid)) return "";
  if (!uid) return texts.UID_EMPTY;
  if (uid.length > longest) return filled(texts.UID_TOO_LONG, { size: uid.length, longest });
  if ("\0 ".includes(uid.at(-1))) return texts.UID_PADDED;
  return hasForm(schemas, "digits", uid) ? texts.UID_COMPONENT : texts.UID_CHARACTERS;
}

/** What the standard does not allow about a value; "" if nothing. */
function problemOf(schemas, leaf, value, values) {
  const { texts } = schemas;
  if (leaf.rule) return RULES[leaf.rule.kind](leaf.rule, value, values);
  if (leaf.kind === "const") return value === leaf.code ? "" : filled(texts.NOT_THE_TYPE, { value, code: leaf.code });
  if (leaf.kind === "enum") {
    const codes = codesOf(leaf, values);
    return !codes || value in codes ? "" : filled(texts.NOT_DEFINED, { value });
  }
  if (leaf.kind === "uid") return uidProblem(schemas, value);
  if (leaf.kind === "ae_title" && !value) return texts.ONLY_SPACES;
  if (leaf.kind === "ae_title" && value.includes("\\")) return texts.BACKSLASH;
  if (leaf.kind === "text" && (value.length < leaf.minimum || value.length > (leaf.maximum ?? Infinity))) {
    return filled(texts.TEXT_SIZE, { size: counted(value.length, "character"), minimum: leaf.minimum, maximum: leaf.maximum });
  }
  return ["ae_title", "text"].includes(leaf.kind) && !hasForm(schemas, "g0", value) ? texts.NOT_G0 : "";
}

/** The values that are defined for a code here; undefined if the code is not significant. */
const codesOf = (leaf, values) => (leaf.by ? leaf.codes[values[leaf.by]] : leaf.codes);

/** A value in words; "" if there is nothing to add. */
function meaningOf(schemas, leaf, value, values) {
  const { texts, spaces, uids } = schemas;
  if (leaf.kind === "length") {
    const size = counted(value, "byte");
    return filled(leaf.governs ? texts.GOVERNS : value === 1 ? texts.FOLLOWS : texts.FOLLOW, { size, governs: leaf.governs });
  }
  if (leaf.kind === "const") return value === leaf.code ? leaf.label : filled(texts.ANOTHER_TYPE, leaf);
  if (leaf.words) {
    const { known, others, mask } = leaf.words;
    return filled(known[mask ? value & mask : value] ?? others, { value });
  }
  if (leaf.kind === "enum") {
    const codes = codesOf(leaf, values);
    return codes ? codes[value] ?? filled(texts.UNDEFINED, { value }) : texts.NOT_SIGNIFICANT;
  }
  if (leaf.kind === "reserved") return (typeof value === "number" ? value : value.some(Boolean)) ? texts.NOT_TESTED : "";
  if (leaf.kind !== "uid") return "";
  let [start, stop] = [0, value.length];
  while (start < stop && spaces.includes(value[start])) start += 1;
  while (start < stop && spaces.includes(value[stop - 1])) stop -= 1;
  const uid = value.slice(start, stop);
  return (Object.hasOwn(uids, uid) ? uids[uid] : uid) === value ? "" : uids[uid] ?? uid;
}
