// What one end sent, cut into PDUs. Of those that are very long, or have holes, only the beginning is kept.

/** Bytes in, cut anywhere; PDUs out. `position`: how many bytes the end has sent so far, gaps counted. */
class PduSkimmer {
  constructor(dicom, isSearching) {
    Object.assign(this, { dicom, isSearching, position: 0, isLost: false, left: 0, held: new ByteStore(), begun: new Uint8Array() });
    Object.assign(this, { start: 0, size: 0, frame: 0, t: 0, hasHole: false, marks: [], nextTry: 0, searchedFrom: 0, pieces: [] });
  }

  /** The first bytes of a PDU that is not whole yet. */
  get beginning() {
    if (this.isSearching || this.isLost) return new Uint8Array();
    return this.left ? this.begun : this.held.copy(0, this.dicom.beginning);
  }

  *feed(data, frame, t) {
    if (this.left > data.length) {
      this.left -= data.length;
      this.position += data.length;
      this.reach(frame, t);
      return;
    }
    const base = this.position;
    this.position += data.length;
    if (this.isSearching) {
      yield* this.searchIn(data, frame, t);
      return;
    }
    this.reach(frame, t);
    let at = 0;
    if (this.left) {
      [at, this.left] = [this.left, 0];
      yield this.skimmed();
    }
    while (at < data.length && !this.isLost) {
      const [part, next] = this.held.length ? this.more(data, at, frame) : this.next(data, at, base, frame);
      at = next;
      if (part) yield part;
    }
  }

  /** What becomes whole with bytes that are missing; if the places of PDUs are lost, they are looked for again. */
  *gap(size, frame, t) {
    this.position += size;
    if (this.isLost) return;
    const announced = this.left || this.isSearching ? 0 : this.announced();
    if (announced) this.skim(announced, announced - this.held.length);
    if (this.left >= size && !this.isSearching) {
      this.left -= size;
      this.hasHole = true;
      this.reach(frame, t);
      if (!this.left) yield this.skimmed();
      return;
    }
    this.left = 0;
    this.search();
  }

  search() {
    this.held.drop(this.held.length);
    if (!this.isSearching) this.searchedFrom = this.position;
    Object.assign(this, { left: 0, nextTry: 0, hasHole: false, pieces: [], isSearching: true });
  }

  /** What is left of a PDU when nothing more comes; null if nothing is. */
  end() {
    if (this.isLost || this.isSearching || !(this.left || this.held.length)) return null;
    if (this.left) {
      this.left = 0;
      return { ...this.skimmed(), isCut: true };
    }
    const data = this.held.copy();
    const size = this.announced() || data.length;
    this.held.drop(data.length);
    return this.pdu(this.start, size, data, this.marks, { isCut: true });
  }

  announced() {
    return this.held.length >= PDU_HEADER ? PDU_HEADER + longIn(this.held.bytes, 2) : 0;
  }

  reach(frame, t) {
    if (frame > this.frame) Object.assign(this, { frame, t });
  }

  pdu(offset, size, data, marks, more = {}) {
    const { frame } = this;
    const frameAt = (place) => marks.findLast(([start]) => start <= place)?.[1] ?? frame;
    return { what: "pdu", offset, size, data, marks, frame, t: this.t, frameAt, ...more };
  }

  *searchIn(data, frame, t) {
    const { held } = this;
    this.pieces.push({ data, frame, t });
    held.push(data);
    const size = held.length;
    if (size < this.nextTry) return;
    let place = pdusAfter(this.dicom, held.bytes, size);
    if (place < 0) {
      this.nextTry = size + Math.floor(size / 4);
      if (size > this.dicom.searched) this.forget(size - this.dicom.searched / 2);
      return;
    }
    held.drop(size);
    const { pieces } = this;
    Object.assign(this, { pieces: [], isSearching: false });
    this.position -= size - place;
    yield { what: "skipped", offset: this.position, size: this.position - this.searchedFrom, frame, t };
    for (const piece of pieces) {
      if (place < piece.data.length) yield* this.feed(piece.data.subarray(place), piece.frame, piece.t);
      place = Math.max(0, place - piece.data.length);
    }
  }

  forget(size) {
    let left = size;
    while (this.pieces.length && this.pieces[0].data.length <= left) {
      const first = this.pieces.shift().data.length;
      this.held.drop(first);
      left -= first;
    }
    this.nextTry = this.dicom.searched;
  }

  /** The PDU that begins at a place, if it is whole now; and where it ends. */
  next(data, at, base, frame) {
    const have = data.length - at;
    Object.assign(this, { marks: [[0, frame]], start: base + at });
    const wait = () => { this.held.push(data.subarray(at)); return [null, data.length]; };
    if (have < PDU_HEADER) return wait();
    if (!(data[at] in this.dicom.lengths)) return [this.unknown(data.slice(at, at + this.dicom.searched)), data.length];
    const length = longIn(data, at + 2);
    const total = PDU_HEADER + length;
    if (data[at] === DATA && length >= PDV_HEADER && have < this.dicom.beginning) return wait();
    if (have < total) return wait();
    return [this.pdu(base + at, total, data.slice(at, at + total), [[0, frame]]), at + total];
  }

  /** The PDU whose first bytes are held. */
  more(data, from, frame) {
    const { held } = this;
    let at = from;
    if (this.marks.at(-1)[1] !== frame && this.marks.length < 64) this.marks.push([held.length, frame]);
    const take = (wanted) => {
      const part = data.subarray(at, at + Math.max(0, wanted - held.length));
      held.push(part);
      at += part.length;
      return held.length >= wanted;
    };
    if (held.length < PDU_HEADER) {
      if (!take(PDU_HEADER)) return [null, at];
      if (!(held.bytes[0] in this.dicom.lengths)) {
        held.push(data.subarray(at));
        return [this.unknown(held.copy()), data.length];
      }
    }
    const wantsPdv = held.bytes[0] === DATA && longIn(held.bytes, 2) >= PDV_HEADER;
    if (wantsPdv && held.length < this.dicom.beginning && !take(this.dicom.beginning)) return [null, at];
    const total = this.announced();
    const left = total - held.length;
    if (left > 0 && total > this.dicom.longest_held) {
      const rest = data.length - at;
      this.skim(total, Math.max(0, left - rest));
      return rest >= left ? [this.skimmed(), at + left] : [null, data.length];
    }
    if (!take(total)) return [null, at];
    const whole = this.pdu(this.start, total, held.copy(0, total), this.marks);
    held.drop(held.length);
    return [whole, at];
  }

  /** Keeps no more than the beginning of what is held: so many bytes are left of a PDU of this size. */
  skim(size, left) {
    Object.assign(this, { begun: this.held.copy(0, this.dicom.beginning), left, size, hasHole: false });
    this.held.drop(this.held.length);
  }

  skimmed() {
    return this.pdu(this.start, this.size, this.begun, this.marks, { isSkimmed: true, hasHole: this.hasHole });
  }

  /** A PDU of an unknown type: nobody knows where it ends, so nothing more is cut. */
  unknown(data) {
    this.isLost = true;
    this.held.drop(this.held.length);
    return this.pdu(this.start, data.length, data, this.marks, { isCut: true });
  }
}

/** The numbers of the frames of a PDU: the first ones, and the one that made it whole. */
const framesOf = (pdu) => [...new Set([...pdu.marks.map(([, frame]) => frame), pdu.frame])].sort((one, other) => one - other);
