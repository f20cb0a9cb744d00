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
