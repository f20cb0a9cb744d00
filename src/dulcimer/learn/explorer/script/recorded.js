// The bytes of a recorded PDU, and its fields in words, as the page shows them.

const bytesIn = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const PADDED = 65536;
const VALUE_SHOWN = 80;

/** The first `most` bytes of a PDU in a trace, zeros where something was left out; null if the line makes no sense. */
function recordedBytes(raw, most) {
  if (!/^([0-9a-f]{2})+$/.test(raw?.data ?? "")) return null;
  const kept = bytesIn(raw.data);
  const bytes = [];
  let taken = 0;
  for (const one of Array.isArray(raw.masked) ? raw.masked : []) {
    if (!(one?.at >= bytes.length && one.size >= 0)) return null;
    while (bytes.length < Math.min(one.at, most) && taken < kept.length) bytes.push(kept[taken++]);
    while (bytes.length < Math.min(one.at + one.size, most)) bytes.push(0);
    if (bytes.length >= most) break;
  }
  while (bytes.length < most && taken < kept.length) bytes.push(kept[taken++]);
  return Uint8Array.from(bytes);
}

/** The fields of bytes after which `missing` more came: what may be wrong because of those is not said. */
function fieldsInWords(schemas, bytes, missing) {
  const padded = new Uint8Array(bytes.length + Math.min(missing, PADDED));
  padded.set(bytes);
  return decoded(schemas, padded)
    .filter((field) => field.offset < bytes.length)
    .map((field) => ({
      ...field,
      label: field.name,
      length: Math.min(field.length, bytes.length - field.offset),
      value: valueInWords(schemas, field),
      problem: missing ? "" : field.problem,
    }));
}

function valueInWords(schemas, { value, length }) {
  if (typeof value !== "object") return String(value).replace(/[^\x20-\x7e]/g, (one) => schemas.escapes[one] ?? one);
  if (!value.some(Boolean)) return length ? counted(length, "zero byte") : "";
  const shown = hexOf(value.subarray(0, VALUE_SHOWN)).toUpperCase().replace(/..(?!$)/g, "$& ");
  return shown + (length > VALUE_SHOWN ? " ..." : "");
}
