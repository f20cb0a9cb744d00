// What is on the wire: a row for each thing that happened, arrows between the ends, and what is still on its way.

const ROW = 46;
const AROUND = 40;

/** The lane. `go(row)`: a row was chosen; `pick(pdu, from)`: a PDU was chosen. */
function laneOf(go) {
  const box = document.querySelector(".lane");
  const list = box.querySelector("ol");
  const svg = box.querySelector("svg");

  box.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.target.closest("button.row")) return;
    event.preventDefault();
    event.stopPropagation();
    go(Number(event.target.closest("button.row").dataset.row) + step);
    list.querySelector("[aria-current]")?.focus({ preventScroll: true });
  });

  /** Rows: requestor, acceptor, middle (texts), bad; arrows: from, start, stop, label, kind, bad, lost. */
  function show({ count, row, arrows, at }) {
    const first = Math.max(0, at - AROUND);
    const last = Math.min(count, at + AROUND + 1);
    const flying = arrows.filter((arrow) => arrow.stop === null && !arrow.lost).length;
    const height = (last - first) * ROW + (flying ? ROW : 0) + 14;
    list.style.removeProperty("height");
    list.replaceChildren();
    for (let number = first; number < last; number += 1) {
      const { requestor, acceptor, middle, bad, spoken } = row(number);
      const button = make("button", `row${bad ? " bad" : ""}`, make("span", "at-requestor", requestor), make("span", "middle", middle), make("span", "at-acceptor", acceptor));
      button.type = "button";
      button.dataset.row = number;
      button.tabIndex = number === at ? 0 : -1;
      button.setAttribute("aria-label", spoken);
      if (number === at) button.setAttribute("aria-current", "step");
      button.addEventListener("click", () => go(number));
      const item = document.createElement("li");
      item.append(button);
      list.append(item);
    }
    const width = box.clientWidth || 320;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    const now = at >= first && at < last ? [draw("rect", { class: "now-row", x: 0, y: (at - first) * ROW, width, height: ROW, rx: 4 })] : [];
    svg.replaceChildren(...now, ...ENDS.map((end) => draw("line", { class: "lifeline", x1: xOf(end, width), x2: xOf(end, width), y1: 0, y2: height })));
    for (const arrow of arrows) {
      if (arrow.start < last && (arrow.stop ?? count) >= first) svg.append(drawn(arrow, first, last, width, at));
    }
    const current = list.querySelector("[aria-current]");
    if (current) {
      const top = current.offsetTop;
      if (top < box.scrollTop || top + 2.5 * ROW > box.scrollTop + box.clientHeight) box.scrollTop = Math.max(0, top - box.clientHeight + 3 * ROW);
    } else {
      box.scrollTop = 0;
    }
  }

  return { show };
}

const xOf = (end, width) => (end === "requestor" ? 9 : width - 9);

function drawn(arrow, first, last, width, at) {
  const y = (row) => (row - first) * ROW + 41;
  const from = xOf(arrow.from, width);
  const to = xOf(otherEnd(arrow.from), width);
  const right = to > from ? 1 : -1;
  const flies = arrow.stop === null;
  const share = flies ? 0.62 : 1;
  const x2 = from + (to - from) * share;
  const y1 = y(arrow.start);
  const y2 = flies ? Math.max(y1, y(last - 1)) + ROW * 0.6 * (arrow.lost ? 0 : 1) : y(arrow.stop);
  const fresh = arrow.start === at || arrow.stop === at;
  const group = draw("g", { class: `travel ${arrow.kind}${flies ? " flying" : ""}${arrow.lost ? " lost" : ""}${arrow.bad ? " bad" : ""}${fresh ? " fresh" : ""}` });
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
