// What speaks DICOM, on any port: PDUs in a row, and what other connections seem to be.

/** Bytes that grow. */
class ByteStore {
  constructor() {
    this.room = new Uint8Array(256);
    this.length = 0;
  }

  push(bytes) {
    if (this.length + bytes.length > this.room.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length));
      larger.set(this.bytes);
      this.room = larger;
    }
    this.room.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Those that are there; they change with the next ones. */
  get bytes() {
    return this.room.subarray(0, this.length);
  }

  copy(from = 0, to = this.length) {
    return this.room.slice(from, Math.min(to, this.length));
  }

  drop(size) {
    this.room.copyWithin(0, size, this.length);
    this.length -= size;
  }
}

const [PDU_HEADER, PDV_HEADER] = [6, 6];
const [RQ, AC, DATA] = [1, 2, 4];
const isAssociate = (kind) => kind === RQ || kind === AC;

/** Bytes of the PDU whose header this could be; 0 if it is none, -1 if too few bytes are there to tell. */
function sizeOfPdu(dicom, bytes, at, limit) {
  const kind = bytes[at];
  const length = longIn(bytes, at + 2);
  if (!(kind in dicom.lengths) || length !== (dicom.lengths[kind] ?? length)) return 0;
  if (isAssociate(kind) && (length < dicom.least_request || length > dicom.longest_associate)) return 0;
  if (kind === DATA) {
    const value = at + PDU_HEADER;
    if (value + PDV_HEADER > limit) return -1;
    const size = longIn(bytes, value);
    if (length < PDV_HEADER || size < 2 || size > length - 4 || bytes[value + 4] % 2 !== 1 || bytes[value + 5] > 3) return 0;
  }
  return PDU_HEADER + length;
}

/** Whether the bytes before `limit` are PDUs of known types with allowed lengths, as far as they go. */
function pdusAt(dicom, bytes, start, limit) {
  let [at, seen] = [start, 0];
  while (at + PDU_HEADER <= limit && seen < dicom.in_a_row) {
    const size = sizeOfPdu(dicom, bytes, at, limit);
    if (size <= 0) return size < 0 && seen > 0;
    at += size;
    seen += 1;
  }
  return seen > 0;
}

function isConvincing(dicom, bytes, start, limit) {
  let [at, seen] = [start, 0];
  while (at + PDU_HEADER <= limit) {
    const size = sizeOfPdu(dicom, bytes, at, limit);
    if (size <= 0 || (isAssociate(bytes[at]) && (at + 8 > bytes.length || shortIn(bytes, at + 6) !== 1))) return false;
    at += size;
    seen += 1;
    if (at === limit || (seen === 2 && at < limit)) return true;
  }
  return false;
}

/** The first place where PDUs in a row could begin, a guess: two whole ones, or one that ends where the bytes end; -1 if none. */
function pdusAfter(dicom, bytes, limit) {
  const stop = Math.min(limit, dicom.searched);
  for (let at = 0; at + 1 < stop; at += 1) {
    if (bytes[at + 1] === 0 && bytes[at] in dicom.lengths && isConvincing(dicom, bytes, at, limit)) return at;
  }
  return -1;
}

/** Where the first PDU begins in the bytes of an end; -1 if this is not DICOM. */
function beginningOfPdus(dicom, end) {
  const limit = end.gaps.length ? end.gaps[0] : end.data.length;
  const place = end.opened ? -1 : pdusAfter(dicom, end.data.bytes, limit);
  if (place >= 0) return place;
  return pdusAt(dicom, end.data.bytes, 0, limit) ? 0 : -1;
}

/** The protocol whose bytes these are, if they are of one that is known here. */
function otherProtocol(others, bytes) {
  if (others.tls.includes(bytes[0]) && bytes[1] === 3 && bytes[2] <= 4) return "TLS";
  const text = latin1(bytes.subarray(0, 256));
  if (new RegExp(`^(?:${others.http})`).test(text)) return "HTTP";
  const banner = others.banners.find(([start]) => text.startsWith(start));
  if (banner) return banner[1];
  if (!/^220[ -]/.test(text)) return "";
  const words = text.toUpperCase();
  return words.includes("FTP") ? "FTP" : words.includes("SMTP") || words.includes("MAIL") ? "SMTP" : "SMTP or FTP";
}

/** What a connection seems to speak: "DICOM", another name, "unknown" or "no bytes". */
function seemsToBe(facts, ends) {
  if (ends.some((end) => beginningOfPdus(facts.dicom, end) >= 0)) return "DICOM";
  const found = ends.filter((end) => end.data.length);
  if (!found.length) return "no bytes";
  return found.map((end) => otherProtocol(facts.others, end.data.bytes)).find(Boolean) ?? "unknown";
}

/** A connection of which it is not known yet whether it speaks DICOM. */
class Unrecognised {
  constructor(facts, connection) {
    const end = () => ({ opened: false, data: new ByteStore(), gaps: [], nextTry: 0 });
    Object.assign(this, { facts, connection, ends: [end(), end()], events: [], name: "", isFull: false });
  }

  enough(end) {
    return end.opened ? this.facts.dicom.recognised : this.facts.dicom.searched;
  }

  add(event) {
    if (this.name || event.kind === "end") return;
    const end = this.ends[event.byClient ? 0 : 1];
    this.events.push([event, event.connection.receivedBy?.(event.byClient) ?? 0]);
    if (event.kind === "bytes") end.data.push(event.data);
    else if (event.kind === "gap") end.gaps.push(end.data.length);
    else if (event.kind === "open") end.opened = true;
    const { searched } = this.facts.dicom;
    if (this.ends.every((one) => one.data.length >= this.enough(one)) || end.data.length > 2 * Math.max(this.enough(end), searched)) this.isFull = true;
  }

  /** What is known of its beginning, if it speaks DICOM; null if not, or not yet. */
  recognised(isLast) {
    if (this.name || !this.isTime(isLast || this.isFull)) return null;
    const name = seemsToBe(this.facts, this.ends);
    if (name === "DICOM") return this.beginning();
    if (this.isFull || isLast) {
      this.name = name;
      this.events = [];
      this.ends = [];
    }
    return null;
  }

  isTime(isLast) {
    if (!isLast && !this.ends.some((end) => end.data.length >= end.nextTry)) return false;
    for (const end of this.ends) end.nextTry = end.data.length + 1 + Math.floor(end.data.length / 4);
    return true;
  }

  beginning() {
    const [client, server] = this.ends;
    const begins = this.ends.map((end) => beginningOfPdus(this.facts.dicom, end));
    const isOpen = client.opened && server.opened;
    const asks = (index) => begins[index] === 0 && this.ends[index].data.bytes[0] === RQ;
    const isFlipped = !isOpen && asks(1);
    const seesRequest = asks(isFlipped ? 1 : 0);
    const searching = [0, 1].map((index) => {
      const isRequestor = (index === 0) !== isFlipped;
      return !(this.ends[index].opened || begins[index] === 0 || ((isOpen || seesRequest) && isRequestor));
    });
    return { isOpen, isFlipped, seesRequest, searching };
  }
}
