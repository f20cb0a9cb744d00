"use strict";
// What the pages with bytes share: making elements, and the view of the bytes of a PDU.

const SVG = "http://www.w3.org/2000/svg";

/** An element with a class, and children that are elements or text. */
function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children.filter((child) => child !== ""));
  return element;
}

function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function draw(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** A button that copies a text to the clipboard, or shows it if there is no clipboard. */
function copier(label, get) {
  const button = make("button", "copy", label);
  button.type = "button";
  button.addEventListener("click", () => {
    const taken = get();
    const done = () => { button.textContent = `${label}: done`; };
    const shown = () => { button.after(make("code", "command", taken)); };
    if (navigator.clipboard) navigator.clipboard.writeText(taken).then(done, shown);
    else shown();
  });
  return button;
}

/** The fields of a PDU from the rows of its data, which has texts by their numbers. */
function fieldsOf(data, rows) {
  const text = (number) => data.texts[number];
  let offset = 0;
  return rows.map(([length, path, value, meaning, problem, leaf]) => {
    const [label, clause, doc] = data.leaves[leaf].map(text);
    const field = {
      offset, length, path: text(path), value: text(value), meaning: text(meaning), problem: text(problem), label, clause, doc,
    };
    offset += length;
    return field;
  });
}

/**
 * The bytes from `start` to `end`, the meaning of the chosen field, and all fields; pointing at a byte highlights its field.
 *
 * `byte`: the one that is chosen first, -1 for none; `wrong`: the word before a problem; `lit(number)`: a field is
 * highlighted; `chosen(position, byUser)`: a byte is chosen.
 */
function byteView(hex, fields, { byte, start, end, width, wrong, lit = () => {}, chosen: told = () => {} }) {
  const detail = make("div", "detail");
  detail.setAttribute("aria-live", "polite");
  const bytes = make("div", "hex");
  const cells = [];
  const lines = [];
  let chosen = fields.findIndex((field) => byte >= field.offset && byte < field.offset + field.length);
  if (chosen < 0) chosen = fields.findIndex((field) => field.problem);
  if (chosen < 0) chosen = 0;
  let at = byte;

  const positions = new Map();
  let lighted = -1;

  function mark(number, isLit) {
    const field = fields[number];
    if (!field) return;
    for (let position = Math.max(field.offset, start); position < Math.min(field.offset + field.length, end); position += 1) cells[position].classList.toggle("lit", isLit);
    lines[number]?.classList.toggle("lit", isLit);
  }

  function light(number) {
    const field = fields[number];
    if (!field) return;
    mark(lighted, false);
    mark(number, true);
    lighted = number;
    lit(number);
    const last = field.offset + field.length;
    const where = field.length > 1 ? `Bytes ${field.offset + 1} to ${last}` : `Byte ${last}`;
    const value = [field.value, field.meaning].filter(Boolean).join(": ");
    detail.replaceChildren(make("b", "", field.label), ` = ${value || "nothing"}`);
    if (field.problem) detail.append(make("span", "problem", `${wrong}: ${field.problem}`));
    detail.append(make("span", "", `${where}${field.clause ? `, ${field.clause}` : ""}${field.doc ? `: ${field.doc}` : ""}`));
  }

  function choose(number, position = fields[number] ? fields[number].offset : -1, byUser = false) {
    chosen = number;
    cells[at]?.classList.remove("at");
    at = position;
    cells[at]?.classList.add("at");
    told(at, byUser);
    light(number);
  }

  let line;
  fields.forEach((field, number) => {
    for (let position = Math.max(field.offset, start); position < Math.min(field.offset + field.length, end); position += 1) {
      if (position % width === 0 || !line) {
        line = make("div", "hex-row", make("i", "", String(position)));
        bytes.append(line);
      }
      const cell = make("span", `b${number % 2 ? " odd" : ""}${field.problem ? " wrong" : ""}`, hex.substr(2 * position, 2));
      line.append(cell);
      cells[position] = cell;
      positions.set(cell, [number, position]);
    }
  });
  bytes.addEventListener("mouseover", (event) => { if (positions.has(event.target)) light(positions.get(event.target)[0]); });
  bytes.addEventListener("click", (event) => { if (positions.has(event.target)) choose(...positions.get(event.target), true); });
  bytes.addEventListener("mouseleave", () => light(chosen));
  bytes.tabIndex = 0;
  bytes.setAttribute("role", "group");
  bytes.setAttribute("aria-label", "bytes: use the arrow keys; the field is described below");
  bytes.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -width, ArrowDown: width }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = Math.min(Math.max((at < 0 ? 0 : at) + step, start), end - 1);
    choose(fields.findIndex((field) => next >= field.offset && next < field.offset + field.length), next, true);
    cells[next]?.scrollIntoView({ block: "nearest" });
  });

  const table = make("table", "fields");
  let around = "";
  fields.forEach((field, number) => {
    if (field.offset >= end || field.offset + field.length < start) return;
    const parts = field.path.split(".");
    const group = parts.slice(0, -1).join(".");
    if (group && group !== around) {
      table.append(make("tr", "group", make("td", ""), make("td", `d${Math.min(parts.length - 2, 2)}`, parts[parts.length - 2])));
      table.lastChild.lastChild.colSpan = 2;
    }
    around = group;
    const value = make("td", "", [field.value, field.meaning].filter(Boolean).join(": "));
    if (field.problem) value.append(make("div", "problem", field.problem));
    const row = make("tr", "", make("td", "", String(field.offset)), make("td", `d${Math.min(parts.length - 1, 3)}`, field.label), value);
    row.addEventListener("mouseenter", () => light(number));
    row.addEventListener("click", () => choose(number, undefined, true));
    table.append(row);
    lines[number] = row;
  });
  const box = make("div", "fields-box", table);
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", "fields: use the up and down keys");
  box.addEventListener("mouseleave", () => light(chosen));
  box.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose(Math.min(Math.max(chosen + step, 0), fields.length - 1), undefined, true);
    lines[chosen]?.scrollIntoView({ block: "nearest" });
  });
  choose(chosen, byte >= 0 ? byte : undefined);
  return { bytes, detail, box, choose };
}
