// What is on the wire: a row for each thing that happened, arrows between the ends, and what is still on its way.

const ROW = 46;
const AROUND = 40;

/** The lane. `go(row)`: a row was chosen. */
function laneOf(go) {
  const box = document.querySelector(".lane");
  const list = box.querySelector("ol");
  const svg = box.querySelector("svg");
  const marker = draw("rect", { class: "now-row", x: 0, height: ROW, rx: 4 });
  const lines = ENDS.map((end) => [end, draw("line", { class: "lifeline" })]);
  svg.append(marker, ...lines.map(([, line]) => line));
  const items = new Map();
  const travels = new Map();
  let before = { source: null, width: 0, at: -1 };

  box.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.closest("button.row")) return;
    event.preventDefault();
    event.stopPropagation();
    go(Number(event.target.closest("button.row").dataset.row) + step);
    list.querySelector("[aria-current]")?.focus({ preventScroll: true });
  });

  function itemOf(number, { requestor, acceptor, middle, bad, spoken }) {
    const button = make("button", `row${bad ? " bad" : ""}`, make("span", "at-requestor", requestor), " ", make("span", "middle", middle), " ", make("span", "at-acceptor", acceptor));
    button.type = "button";
    button.dataset.row = number;
    button.tabIndex = -1;
    button.setAttribute(requestor || middle || acceptor ? "aria-description" : "aria-label", spoken);
    button.addEventListener("click", () => go(number));
    return make("li", "", button);
  }

  /** Removes what is outside of the rows that are shown. */
  function keep(known, first, last) {
    for (const [number, node] of known) {
      if (number >= first && number < last) continue;
      node.remove();
      known.delete(number);
    }
  }

  function showRows(first, last, row) {
    keep(items, first, last);
    for (let number = last - 1; number >= first; number -= 1) {
      if (items.has(number)) continue;
      items.set(number, itemOf(number, row(number)));
      list.insertBefore(items.get(number), items.get(number + 1) ?? null);
    }
  }

  /** Only the row of the moment can be reached with the Tab key. */
  function markRow(at) {
    const [old, now] = [before.at, at].map((number) => items.get(number)?.firstChild);
    if (old) {
      old.removeAttribute("aria-current");
      old.tabIndex = -1;
    }
    if (!now) return;
    now.setAttribute("aria-current", "step");
    now.tabIndex = 0;
  }

  function showTravels({ source, arrows, at }, first, last, width) {
    if (source) keep(travels, first, last);
    arrows.forEach((arrow, number) => {
      const key = source ? arrow.start : number;
      if (arrow.start >= last || (arrow.stop ?? last) < first) return;
      if (!travels.has(key)) {
        travels.set(key, drawn(arrow, last, width));
        svg.append(travels.get(key));
      }
      travels.get(key).classList.toggle("fresh", arrow.start === at || arrow.stop === at);
    });
  }

  /**
   * Rows: requestor, acceptor, middle (texts), bad; arrows: from, start, stop, label, kind, bad, lost.
   *
   * What is shown of a `source` stays until another one is shown; each of its rows has one arrow at the most.
   */
  function show(now) {
    const { source, count, row, arrows, at } = now;
    const first = Math.max(0, at - AROUND);
    const last = Math.min(count, at + AROUND + 1);
    const width = box.clientWidth || 320;
    if (!source || source !== before.source || width !== before.width) [items, travels].forEach((known) => keep(known, 0, 0));
    showRows(first, last, row);
    markRow(at);
    const height = (last - first) * ROW + (arrows.some((arrow) => arrow.stop === null && !arrow.lost) ? ROW : 0) + 14;
    svg.setAttribute("viewBox", `0 ${first * ROW} ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    marker.setAttribute("y", at * ROW);
    marker.setAttribute("width", at < 0 ? 0 : width);
    lines.forEach(([end, line]) => Object.entries({ x1: xOf(end, width), x2: xOf(end, width), y1: first * ROW, y2: first * ROW + height }).forEach((one) => line.setAttribute(...one)));
    showTravels(now, first, last, width);
    before = { source, width, at };
    const top = (at - first) * ROW;
    if (at < 0) box.scrollTop = 0;
    else if (top < box.scrollTop || top + 2.5 * ROW > box.scrollTop + box.clientHeight) box.scrollTop = Math.max(0, top - box.clientHeight + 3 * ROW);
  }

  return { show };
}

const xOf = (end, width) => (end === "requestor" ? 9 : width - 9);

/** The arrow of what travels; of what is under way, as far as the row before `last`. */
function drawn(arrow, last, width) {
  const y = (row) => row * ROW + 41;
  const from = xOf(arrow.from, width);
  const to = xOf(otherEnd(arrow.from), width);
  const right = to > from ? 1 : -1;
  const flies = arrow.stop === null;
  const share = flies ? 0.62 : 1;
  const x2 = from + (to - from) * share;
  const y1 = y(arrow.start);
  const y2 = flies ? Math.max(y1, y(last - 1)) + ROW * 0.6 * (arrow.lost ? 0 : 1) : y(arrow.stop);
  const group = draw("g", { class: `travel ${arrow.kind}${flies ? " flying" : ""}${arrow.lost ? " lost" : ""}${arrow.bad ? " bad" : ""}` });
  const angle = Math.atan2(y2 - y1, x2 - from);
  const tip = (x, yy, size) => `M${x} ${yy}L${x - size * Math.cos(angle - 0.42)} ${yy - size * Math.sin(angle - 0.42)}L${x - size * Math.cos(angle + 0.42)} ${yy - size * Math.sin(angle + 0.42)}z`;
  group.append(draw("path", { d: `M${from} ${y1}L${x2} ${y2}` }));
  if (!flies) group.append(draw("path", { class: "tip", d: tip(x2, y2, 10) }));
  else if (arrow.lost) group.append(draw("path", { class: "cross", d: `M${x2 - 5} ${y2 - 5}l10 10m0 -10l-10 10` }));
  else group.append(draw("circle", { cx: x2, cy: y2, r: 6 }));
  const text = draw("text", { x: from + 8 * right, y: y1 - 5, "text-anchor": right > 0 ? "start" : "end" });
  text.textContent = arrow.label;
  group.append(text);
  return group;
}
