// Small parts of the page: buttons, the banner with violations, and the bytes of a PDU.

const find = (selector) => document.querySelector(selector);

function press(label, title, act, ...classes) {
  const button = make("button", classes.filter(Boolean).join(" "), label);
  button.type = "button";
  if (title) button.title = title;
  button.addEventListener("click", act);
  return button;
}

/** The banner: how many violations there are, and the first of them as buttons. */
function showBanner(found, unit, row, go) {
  const banner = find(".banner");
  banner.hidden = !found.length;
  if (!found.length) return;
  const icon = make("span", "icon", "✕");
  icon.setAttribute("aria-hidden", "true");
  banner.replaceChildren(icon, ` ${counted(found.length, "violation")}: `);
  found.slice(0, 5).forEach((one, number) => {
    const button = press(`${one.end}, ${unit} ${one.frames[0]}`, "", () => go(one.row));
    if (one.row === row) button.setAttribute("aria-current", "true");
    banner.append(number ? " " : "", button);
  });
}

/** What was judged in a recording, and what was not: `problem` says why a file cannot be shown, "" if none was refused. */
function showNote(recording, trace, allRules, problem) {
  const note = find(".note");
  note.hidden = !recording && !problem;
  note.classList.toggle("refused", Boolean(problem));
  if (problem) note.replaceChildren(make("b", "", "This file cannot be shown. "), problem);
  if (problem || !recording) return;
  const { harmful } = foundIn(recording);
  const doubts = recording.doubts ?? [];
  const here = "The page judges Table 9-10 and the encoding of each PDU";
  const found = harmful.length ? `${here}. ` : `${here}, and found no violation${doubts.length ? " in what could be judged" : ""}. `;
  const command = make("code", "", `dulcimer trace check ${trace.judged}`);
  const judged = trace.judged ? [found, command, ` judges all ${allRules} rules.`] : ["Judged as by ", make("code", "", "dulcimer trace check"), "."];
  const remarks = [...doubts.map((one) => `${one[0].toUpperCase()}${one.slice(1)}.`), ...(trace.remarks ?? [])];
  note.replaceChildren(make("p", "", ...judged), ...(remarks.length ? [make("ul", "", ...remarks.map((one) => make("li", "", one)))] : []));
}

const MOST_BYTES_SHOWN = 4096;

/** The bytes of a PDU: strip, hexadecimal, field and all fields, linked with each other. `chosen(byte)`: by the user. */
function bytesPaneOf(data, chosen) {
  let shown = "";

  const places = () => [find(".strip"), find(".hex-place"), find(".detail-place"), find(".fields-place")];

  function none() {
    find(".bytes h2").textContent = "Bytes";
    places().forEach((place) => place.replaceChildren());
    find(".hex-place").replaceChildren(make("p", "what", "No PDU at this moment."));
  }

  function piecesOf(fields, size) {
    return fields.map((field, number) => {
      const piece = make("span", field.problem ? "piece wrong" : "piece");
      piece.dataset.field = number;
      piece.title = field.label;
      piece.style.flexGrow = Math.sqrt(field.length / size);
      if (!field.length) piece.hidden = true;
      return piece;
    });
  }

  /** Shows a PDU, -1 for none, with the field of a byte; without fields while they are asked for. */
  function show(pdu, byte, { isAsked = false } = {}) {
    const moment = `${pdu} ${byte} ${isAsked}`;
    if (shown === moment) return;
    shown = moment;
    const row = data.pdus[pdu];
    find(".bytes").classList.toggle("empty", !row);
    if (!row) {
      none();
      return;
    }
    const [name, hex, missing, , rows] = row;
    const size = hex.length / 2;
    find(".bytes h2").replaceChildren(data.texts[name], " ", make("small", "", `${counted(size + missing, "byte")}${missing ? `, ${size} of them recorded` : ""}`));
    const known = rows ? fieldsOf(data, rows) : fieldsInWords(data.machine.schemas, bytesIn(hex), missing);
    const fields = isAsked ? [{ offset: 0, length: size, path: "", value: "", meaning: "", problem: "", label: "", clause: "", doc: "" }] : known;
    const pieces = isAsked ? [] : piecesOf(fields, Math.max(1, size));
    const view = byteView(hex, fields, {
      byte,
      start: 0,
      end: Math.min(size, MOST_BYTES_SHOWN),
      width: matchMedia("(max-width: 45rem)").matches ? 8 : 16,
      wrong: "Wrong",
      lit: (number) => pieces.forEach((piece, index) => piece.classList.toggle("lit", index === number)),
      chosen: (position, byUser) => {
        if (!byUser || isAsked) return;
        shown = `${pdu} ${position} ${isAsked}`;
        chosen(position);
      },
    });
    pieces.forEach((piece, number) => piece.addEventListener("click", () => view.choose(number, undefined, true)));
    const [strip, hexPlace, detail, list] = places();
    strip.replaceChildren(...pieces);
    hexPlace.replaceChildren(view.bytes);
    detail.replaceChildren(...(isAsked ? [] : [view.detail]));
    list.replaceChildren(...(isAsked ? [] : [view.box]));
    if (isAsked) view.bytes.querySelectorAll(".lit, .at").forEach((cell) => cell.classList.remove("lit", "at"));
  }

  return { show };
}
