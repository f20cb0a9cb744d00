// TCP segments in frames: link layers, IPv4 and IPv6, IP fragments. Checksums are not looked at: offload leaves wrong ones.

const TCP = 6;
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16];
const IPV6_FRAGMENT = 44;
const IPV6_AUTHENTICATION = 51;
const MOST_OF_A_PACKET = 65535;

const shortIn = (bytes, at) => (bytes[at] << 8) | bytes[at + 1];
const longIn = (bytes, at) => ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

/** Where the IP header begins in a frame; -1 if there is none, undefined if frames of this kind are not read. */
function ipHeader(facts, bytes, { link, start, stop }) {
  const { links, ethertypes } = facts;
  if (link in links.before) return start + links.before[link];
  if (!(link in links.header)) return undefined;
  let at = start + links.header[link];
  if (at > stop) return -1;
  let kind = shortIn(bytes, start + links.ethertype_at[link]);
  while (ethertypes.vlan.includes(kind) && at + 4 <= stop) {
    kind = shortIn(bytes, at + 2);
    at += 4;
  }
  if (kind === ethertypes.pppoe) return at + 8 <= stop && ethertypes.ppp_ip.includes(shortIn(bytes, at + 6)) ? at + 8 : -1;
  if (!ethertypes.mpls.includes(kind)) return ethertypes.ip.includes(kind) ? at : -1;
  // Labels do not say what follows: the version of IP does.
  for (; at + 4 < stop; at += 4) {
    if (bytes[at + 2] & 1) return [4, 6].includes(bytes[at + 4] >> 4) ? at + 4 : -1;
  }
  return -1;
}

const addressOf4 = (bytes, at) => Array.from(bytes.subarray(at, at + 4)).join(".");

/** An IPv6 address as RFC 5952 writes it. */
function addressOf6(bytes, at) {
  const words = Array.from({ length: 8 }, (_, index) => shortIn(bytes, at + 2 * index).toString(16));
  const runs = words.map((_, from) => { let size = 0; while (words[from + size] === "0") size += 1; return size; });
  const longest = Math.max(...runs);
  if (longest < 2) return words.join(":");
  const from = runs.indexOf(longest);
  return `${words.slice(0, from).join(":")}::${words.slice(from + longest).join(":")}`;
}

/** Packets of which fragments are missing; what was captured first counts. */
class FragmentTable {
  constructor(limits) {
    Object.assign(this, { limits, packets: new Map(), held: 0, givenUp: 0 });
  }

  /** What follows the IP header of a packet, if this fragment makes it whole. */
  add(key, place, data, t, more) {
    if (place + data.length > MOST_OF_A_PACKET) return null;
    if (this.packets.has(key) && t - this.packets.get(key).t > this.limits.seconds) this.giveUp(key);
    if (!this.packets.has(key)) this.packets.set(key, { t, size: -1, pieces: new Pieces() });
    const packet = this.packets.get(key);
    const before = packet.pieces.held;
    packet.pieces.add(place, data, 0, 0, t);
    this.held += packet.pieces.held - before;
    if (!more && packet.size < 0) packet.size = place + data.length;
    const whole = packet.size >= 0 && packet.pieces.joined(packet.size);
    if (whole) {
      this.held -= packet.pieces.held;
      this.packets.delete(key);
      return whole;
    }
    while (this.held > this.limits.most) this.giveUp(this.packets.keys().next().value);
    return null;
  }

  giveUp(key) {
    this.held -= this.packets.get(key).pieces.held;
    this.packets.delete(key);
    this.givenUp += 1;
  }
}

class SegmentReader {
  constructor(facts, bytes) {
    Object.assign(this, { facts, bytes, fragments: new FragmentTable(facts.fragments), unread: new Map() });
  }

  /** The segment in a frame, or in the packet that it makes whole; null if there is none. */
  segment(frame) {
    const at = ipHeader(this.facts, this.bytes, frame);
    if (at === undefined) this.unread.set(frame.link, (this.unread.get(frame.link) ?? 0) + 1);
    if (at === undefined || at < 0 || at + 20 > frame.stop) return null;
    const version = this.bytes[at] >> 4;
    return version === 6 ? this.ipv6(frame, at) : version === 4 ? this.ipv4(frame, at) : null;
  }

  ipv4({ t, stop, missing }, at) {
    const { bytes } = this;
    const tcp = at + (bytes[at] & 15) * 4;
    if (bytes[at + 9] !== TCP || tcp < at + 20 || tcp > stop) return null;
    const length = shortIn(bytes, at + 2);
    // Length 0: the network card splits the packet later.
    const end = length ? at + length : stop + missing;
    const ends = [addressOf4(bytes, at + 12), addressOf4(bytes, at + 16)];
    const fragment = shortIn(bytes, at + 6);
    if (!(fragment & 0x3fff)) return segmentAt(ends, bytes, tcp, stop, end);
    const key = `${ends} ${shortIn(bytes, at + 4)}`;
    const whole = this.fragments.add(key, (fragment & 0x1fff) * 8, bytes.subarray(tcp, Math.max(tcp, Math.min(stop, end))), t, Boolean(fragment & 0x2000) || end > stop);
    return whole && segmentAt(ends, whole, 0, whole.length, whole.length);
  }

  ipv6(frame, start) {
    let [bytes, at, stop] = [this.bytes, start, frame.stop];
    if (at + 40 > stop) return null;
    const ends = [addressOf6(bytes, at + 8), addressOf6(bytes, at + 24)];
    const length = shortIn(bytes, at + 4);
    let kind = bytes[at + 6];
    at += 40;
    let end = length ? at + length : stop + frame.missing;
    while (kind !== TCP) {
      if (at + 8 > stop) return null;
      if (kind === IPV6_FRAGMENT) {
        kind = bytes[at];
        const fragment = shortIn(bytes, at + 2);
        const key = `${ends} ${longIn(bytes, at + 4)}`;
        at += 8;
        if (!(fragment & 0xfff9)) continue;
        const whole = this.fragments.add(key, fragment & 0xfff8, bytes.subarray(at, Math.max(at, Math.min(stop, end))), frame.t, Boolean(fragment & 1) || end > stop);
        if (!whole) return null;
        [bytes, at, stop, end] = [whole, 0, whole.length, whole.length];
      } else if (this.facts.extensions.includes(kind)) [kind, at] = [bytes[at], at + (bytes[at + 1] + 1) * 8];
      else if (kind === IPV6_AUTHENTICATION) [kind, at] = [bytes[at], at + (bytes[at + 1] + 2) * 4];
      else return null;
    }
    return segmentAt(ends, bytes, at, stop, end);
  }
}

/** The segment whose header is at a place, in a packet that goes to `end`, of which the bytes to `stop` were kept. */
function segmentAt([source, destination], bytes, at, stop, end) {
  if (at + 14 > stop) return null;
  const payload = at + (bytes[at + 12] >> 4) * 4;
  if (payload < at + 20 || payload > end) return null;
  const kept = Math.max(payload, Math.min(stop, end));
  const from = { host: source, port: shortIn(bytes, at) };
  const to = { host: destination, port: shortIn(bytes, at + 2) };
  const data = payload > stop ? new Uint8Array() : bytes.subarray(payload, kept);
  return { from, to, sequence: longIn(bytes, at + 4), acknowledged: longIn(bytes, at + 8), flags: bytes[at + 13], data, missing: Math.max(0, end - Math.max(payload, stop)) };
}
