// The bytes of one end of a connection in their order. What was captured first counts; what is missing becomes a gap.

const WHOLE = 2 ** 32;
const HALF = 2 ** 31;
const COST = 256;

const wrapped = (number) => ((number % WHOLE) + WHOLE) % WHOLE;
/** How far after `start` a sequence number is; negative if it is before. */
const distance = (start, sequence) => wrapped(sequence - start + HALF) - HALF;

/** How many places of `places` are not behind `place`. */
function countUpTo(places, place) {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of the bytes at the same places are not the same. */
function differing(known, knownAt, data, place) {
  let count = 0;
  for (let at = Math.max(knownAt, place); at < Math.min(knownAt + known.length, place + data.length); at += 1) count += known[at - knownAt] !== data[at - place];
  return count;
}

/** Pieces that wait for what is missing before them; they do not overlap. `held`: bytes that they take, roughly. */
class Pieces {
  constructor() {
    Object.assign(this, { starts: [], pieces: [], held: 0, conflicting: 0 });
  }

  endOf(index) {
    return this.starts[index] + this.pieces[index].data.length + this.pieces[index].missing;
  }

  /** Takes of these bytes those that are not there yet. */
  add(place, data, missing, frame, t) {
    const { starts, pieces } = this;
    const end = place + data.length + missing;
    let index = countUpTo(starts, place);
    for (let one = Math.max(0, index - 1); one < starts.length && starts[one] < place + data.length; one += 1) this.conflicting += differing(pieces[one].data, starts[one], data, place);
    let at = index && this.endOf(index - 1) > place ? this.endOf(index - 1) : place;
    while (at < end) {
      const stop = index < starts.length ? Math.min(end, starts[index]) : end;
      if (at < stop) {
        const part = data.subarray(at - place, stop - place);
        starts.splice(index, 0, at);
        pieces.splice(index, 0, { data: part, missing: stop - at - part.length, frame, t });
        this.held += part.length + COST;
        index += 1;
      }
      if (index === starts.length) return;
      at = this.endOf(index);
      index += 1;
    }
  }

  /** Removes the first piece and those that follow it without a gap. */
  takeRun() {
    let count = 1;
    while (count < this.starts.length && this.starts[count] === this.endOf(count - 1)) count += 1;
    this.starts.splice(0, count);
    const run = this.pieces.splice(0, count);
    this.held -= run.reduce((sum, one) => sum + one.data.length + COST, 0);
    return run;
  }

  /** The first `size` bytes; null if one of them is not there. */
  joined(size) {
    const found = new Uint8Array(size);
    let at = 0;
    for (let index = 0; index < this.starts.length && this.starts[index] <= at && at < size; index += 1) {
      found.set(this.pieces[index].data.subarray(0, size - at), at);
      at = this.endOf(index);
    }
    return at < size ? null : found;
  }
}

/** One end. `next`: the sequence number that follows what was given; null before the first byte or SYN. */
class OrderedEnd {
  constructor(facts, connection, byClient) {
    Object.assign(this, { facts, connection, byClient, first: null, next: null, position: 0, last: new Uint8Array(), pieces: new Pieces() });
    Object.assign(this, { acknowledged: null, firstAcknowledged: null, fin: null, isFinished: false, gaps: [] });
  }

  open(sequence) {
    this.first = sequence;
    this.next ??= wrapped(sequence + 1);
  }

  take(sequence, data, cut, frame, t, tell) {
    const size = data.length + cut;
    // A single byte is a keep-alive: it repeats the last one before.
    this.next ??= size === 1 ? wrapped(sequence + 1) : sequence;
    const place = this.position + distance(this.next, sequence);
    if (place > this.position + this.facts.plausible) {
      this.connection.late += data.length;
      return;
    }
    if (place > this.position) {
      this.keep(place, data, cut, frame, t);
      if (this.pieces.starts.length >= this.facts.since_acknowledged && this.acknowledged !== null && this.position + distance(this.next, this.acknowledged) >= this.pieces.starts[0]) this.giveUpFirst(tell);
      return;
    }
    const known = this.position - place;
    if (known) {
      this.connection.conflicting += differing(this.last, this.position - this.last.length, data, place);
      this.countLate(place, Math.min(this.position, place + data.length));
    }
    if (known >= size) return;
    const part = data.subarray(Math.min(known, data.length));
    const missing = size - known - part.length;
    if (this.pieces.starts.length && this.pieces.starts[0] < place + size) this.keep(this.position, part, missing, frame, t);
    else this.give({ data: part, missing, frame, t }, tell);
    this.goOn(tell);
  }

  keep(place, data, missing, frame, t) {
    const before = this.pieces.conflicting;
    this.pieces.add(place, data, missing, frame, t);
    this.connection.conflicting += this.pieces.conflicting - before;
  }

  finish(sequence, frame, t, tell) {
    this.next ??= sequence;
    const ahead = distance(this.next, sequence);
    if (this.fin || ahead < 0 || ahead >= this.facts.plausible) return;
    this.fin = { place: this.position + ahead, frame, t };
    this.goOn(tell);
  }

  /** What is missing before the first bytes that wait is a gap. */
  giveUpFirst(tell) {
    if (this.pieces.starts.length) {
      const [first] = this.pieces.pieces;
      this.gap(this.pieces.starts[0] - this.position, "lost", first.frame, first.t, tell);
    } else if (this.fin && !this.isFinished) this.gap(this.fin.place - this.position, "lost", this.fin.frame, this.fin.t, tell);
    this.goOn(tell);
  }

  /** Nothing more comes; bytes that only an acknowledgement shows are a gap, too. */
  giveUpAll(frame, t, tell) {
    while (this.pieces.starts.length || (this.fin && !this.isFinished)) this.giveUpFirst(tell);
    if (this.next === null || this.isFinished) return;
    // A single one may be a FIN that was not captured.
    const ahead = (this.acknowledgedPlace ?? 0) - this.position;
    if (ahead > 1) this.gap(ahead, "lost", frame, t, tell);
  }

  noteAcknowledged(number) {
    this.firstAcknowledged ??= number;
    if (this.acknowledged === null || wrapped(number - this.acknowledged) < HALF) this.acknowledged = number;
  }

  /** How many of its bytes the other end has acknowledged; null if that is not known. */
  get acknowledgedPlace() {
    const begin = this.next ?? this.firstAcknowledged;
    if (begin === null || this.acknowledged === null) return null;
    const ahead = distance(begin, this.acknowledged);
    return Math.abs(ahead) < this.facts.plausible ? this.position + ahead : null;
  }

  get isTooFull() {
    return this.pieces.held > this.facts.most_held || this.pieces.starts.length > this.facts.most_segments;
  }

  goOn(tell) {
    while (this.pieces.starts.length && this.pieces.starts[0] === this.position) this.pieces.takeRun().forEach((piece) => this.give(piece, tell));
    if (!this.fin || this.fin.place > this.position || this.isFinished) return;
    this.isFinished = true;
    tell({ kind: "fin", connection: this.connection, byClient: this.byClient, frame: this.fin.frame, t: this.fin.t });
  }

  give({ data, missing, frame, t }, tell) {
    if (data.length) {
      tell({ kind: "bytes", connection: this.connection, byClient: this.byClient, frame, t, data });
      this.advance(data.length);
      this.last = data;
    }
    if (missing) this.gap(missing, "cut", frame, t, tell);
  }

  gap(size, why, frame, t, tell) {
    if (size <= 0) return;
    tell({ kind: "gap", connection: this.connection, byClient: this.byClient, frame, t, size, why });
    this.last = new Uint8Array();
    this.gaps = [...this.gaps, [this.position, this.position + size]].slice(-this.facts.known_gaps);
    this.advance(size);
  }

  advance(size) {
    this.position += size;
    this.next = wrapped(this.next + size);
  }

  /** Counts the bytes that fall into a gap, or before the first ones. */
  countLate(start, stop) {
    if (start < 0 && this.first === null) this.connection.late += Math.min(stop, 0) - start;
    for (const [first, last] of this.gaps) this.connection.late += Math.max(0, Math.min(stop, last) - Math.max(start, first));
  }
}
