// The frames of a network capture: pcap and pcapng. Lengths in the file are not trusted.

const PCAP_HEADER = 24;
const SECTION_BLOCK = 0x0a0d0d0a;
const INTERFACE_BLOCK = 1;
const PACKET_HEADS = { 2: 20, 3: 4, 6: 20 };
const LEAST_BLOCK = 12;

const magicOf = (bytes, start) => hexOf(bytes.subarray(start, start + 4));
const littleSection = (bytes, start) => ({ "4d3c2b1a": true, "1a2b3c4d": false })[magicOf(bytes, start + 8)];
const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isCapture = (facts, bytes) => magicOf(bytes, 0) in facts.pcap || (magicOf(bytes, 0) === "0a0d0d0a" && littleSection(bytes, 0) !== undefined);

/** Gives each frame of a capture to `take`; where the file cannot be read any further, and why; "" if it was read to its end. */
function eachFrame(facts, bytes, take) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const form = facts.pcap[magicOf(bytes, 0)];
  return form ? eachOfPcap(facts, view, form, take) : eachOfPcapng(facts, view, bytes, take);
}

function eachOfPcap(facts, view, { little, unit, more }, take) {
  if (view.byteLength < PCAP_HEADER) return "the header of the file is not whole";
  // The upper bits say how long the checksum of a frame is.
  const link = view.getUint32(20, little) & 0xffff;
  for (let at = PCAP_HEADER, number = 1; at < view.byteLength; number += 1) {
    const start = at + 16 + more;
    if (start > view.byteLength) return `the file ends in the header of frame ${number}, at byte ${at}`;
    const [seconds, fraction, kept, size] = [0, 4, 8, 12].map((place) => view.getUint32(at + place, little));
    if (kept > facts.most_of_a_frame || start + kept > view.byteLength) return `frame ${number}, at byte ${at}, announces ${counted(kept, "byte")}`;
    take({ number, t: seconds + fraction * unit, link, start, stop: start + kept, missing: Math.max(0, size - kept) });
    at = start + kept;
  }
  return "";
}

function eachOfPcapng(facts, view, bytes, take) {
  let [little, number] = [true, 0];
  let interfaces = [];
  for (let at = 0; at < view.byteLength;) {
    if (at + LEAST_BLOCK > view.byteLength) return `the file ends in a block, at byte ${at}`;
    const isSection = view.getUint32(at, little) === SECTION_BLOCK;
    if (isSection) {
      [little, interfaces] = [littleSection(bytes, at), []];
      if (little === undefined) return `the section at byte ${at} does not say its byte order`;
    }
    const kind = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (length < LEAST_BLOCK || length % 4) return `the block at byte ${at} has a length of ${counted(length, "byte")}`;
    if (at + length > view.byteLength) return `the block at byte ${at} needs ${counted(length, "byte")}`;
    const [start, stop] = [at + 8, at + length - 4];
    if (kind === INTERFACE_BLOCK && stop - start >= 8) interfaces.push(interfaceIn(view, start, stop, little));
    else if (kind in PACKET_HEADS) {
      number += 1;
      const frame = packetIn(view, kind, start, stop, little, interfaces);
      if (!frame) return `frame ${number}, at byte ${at}, does not fit into its block, or is of an unknown interface`;
      take({ number, ...frame });
    }
    at += length;
  }
  return "";
}

function packetIn(view, kind, from, stop, little, interfaces) {
  const start = from + PACKET_HEADS[kind];
  if (start > stop) return null;
  const whole = (place) => view.getUint32(from + place, little);
  const one = interfaces[kind === 6 ? whole(0) : kind === 2 ? view.getUint16(from, little) : 0];
  if (!one) return null;
  if (kind === 3) {
    const kept = Math.min(whole(0), stop - start, one.snap || Infinity);
    return { t: 0, link: one.link, start, stop: start + kept, missing: whole(0) - kept };
  }
  const [high, low, kept, size] = [4, 8, 12, 16].map(whole);
  if (kept > stop - start) return null;
  return { t: (high * 2 ** 32 + low) * one.unit + one.offset, link: one.link, start, stop: start + kept, missing: Math.max(0, size - kept) };
}

function interfaceIn(view, start, stop, little) {
  const found = { link: view.getUint16(start, little), snap: view.getUint32(start + 4, little), unit: 1e-6, offset: 0 };
  for (let at = start + 8; at + 4 <= stop;) {
    const code = view.getUint16(at, little);
    const length = view.getUint16(at + 2, little);
    at += 4;
    if (!code || at + length > stop) break;
    if (code === 9 && length === 1) {
      const value = view.getUint8(at);
      found.unit = value & 0x80 ? 2 ** -(value & 0x7f) : 10 ** -value;
    } else if (code === 14 && length === 8) found.offset = Number(view.getBigInt64(at, little));
    at += length + ((4 - (length % 4)) % 4);
  }
  return found;
}
