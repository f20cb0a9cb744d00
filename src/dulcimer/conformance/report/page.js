(() => {
  const data = JSON.parse(document.querySelector("script.data").textContent);
  const text = (number) => data.texts[number];
  const cases = [...document.querySelectorAll("details.case")];

  // ---------------------------------------------------------------- copying and saving

  /** A button that saves bytes as a file. */
  function saver(label, name, hex) {
    const button = make("button", "copy", label);
    button.type = "button";
    button.addEventListener("click", () => {
      const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
      const link = make("a", "");
      link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    });
    return button;
  }

  function replay(place, id, exhibit) {
    const sent = exhibit.moments.filter((row) => row[1] === "sent").flatMap((row) => row[4]).map((number) => data.pdus[number]);
    if (place && sent.length && sent.every((pdu) => !pdu[2])) {
      const hex = sent.map((pdu) => pdu[1]).join("");
      const name = `${id.replace(/[^A-Za-z0-9._-]+/g, "_")}.bin`;
      place.append(copier("copy all bytes that the tester sent", () => hex), saver("save them as a file", name, hex));
    }
    place?.parentElement.querySelectorAll(".command").forEach((command) => {
      command.after(" ", copier("copy", () => command.textContent));
    });
  }

  // ---------------------------------------------------------------- the trace of a case

  const ENDS = { "tester-fin": "FIN", "tester-rst": "RST", "peer-fin": "FIN", "peer-rst": "RST" };
  const FROM_TESTER = new Set(["sent", "tester-fin", "tester-rst"]);

  /** An arrow across the lane: to the right from the tester; with a bar or a cross at its start for FIN and RST. */
  function arrow(kind) {
    const right = FROM_TESTER.has(kind);
    const svg = draw("svg", { class: ENDS[kind] ? "arrow dashed" : "arrow", "aria-hidden": "true" });
    svg.append(draw("line", { x1: 0, y1: 7, x2: "100%", y2: 7 }));
    const head = draw("svg", { x: right ? "100%" : 0, y: 0, overflow: "visible" });
    head.append(draw("path", { d: right ? "M0 7 l-10 -5 v10 z" : "M0 7 l10 -5 v10 z" }));
    svg.append(head);
    if (ENDS[kind]) {
      const end = draw("svg", { x: right ? 0 : "100%", y: 0, overflow: "visible" });
      end.append(draw("path", { class: "end", d: ENDS[kind] === "FIN" ? "M0 0 v14" : "M-6 1 l12 12 m0 -12 l-12 12" }));
      svg.append(end);
    }
    return svg;
  }

  function moment(row, number, exhibit, gone, show) {
    const [t, kind, label, times, pdus, machine, steps, impossible] = row;
    const item = make("li", `moment ${kind}`);
    if (gone.tester) item.classList.add("tester-gone");
    if (gone.peer) item.classList.add("peer-gone");
    const words = times > 1 ? `${times} times: ${text(label)}` : text(label);
    const lane = make("div", "lane");
    if (pdus.length) {
      const button = make("button", "message", words);
      button.type = "button";
      button.setAttribute("aria-pressed", "false");
      button.title = "show its bytes";
      button.addEventListener("click", () => show(number, button));
      lane.append(button);
    } else {
      lane.append(make("span", "plain-message", words));
    }
    if (kind === "sent" || kind === "received" || ENDS[kind]) lane.append(arrow(kind));
    if (number === exhibit.reaction) {
      item.classList.add("verdict-here");
      lane.append(make("span", "flag", "decides the verdict"));
    }
    if (text(machine)) {
      const line = make("div", impossible ? "machine impossible" : "machine", text(machine));
      line.title = text(steps);
      lane.append(line);
    }
    item.append(make("span", "time", `${t.toFixed(3)} s`), lane);
    if (kind === "tester-fin" || kind === "tester-rst") gone.tester = true;
    if (kind === "peer-fin" || kind === "peer-rst") gone.peer = true;
    return item;
  }

  function render(details) {
    if (details.dataset.drawn) return;
    details.dataset.drawn = "yes";
    const exhibits = data.cases[cases.indexOf(details)];
    details.querySelectorAll(".peer").forEach((peer, index) => {
      const place = peer.querySelector(".exhibit");
      const exhibit = exhibits[index];
      if (!place || !exhibit) return;
      place.classList.add(...[...peer.querySelector("dl").classList]);
      replay(peer.querySelector(".copies"), details.id, exhibit);
      const panel = make("div", "bytes");
      const list = make("ol", "seq");
      const gone = { tester: false, peer: false };
      const show = (number, button) => {
        list.querySelectorAll(".message").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
        const byte = number === exhibit.reaction ? exhibit.byte : number === exhibit.stimulus ? exhibit.unusual : -1;
        const byTester = exhibit.moments[number][1] === "sent";
        panel.replaceChildren(...exhibit.moments[number][4].flatMap((pdu) => dump(data.pdus[pdu], byte, byTester)));
        panel.hidden = false;
        panel.querySelectorAll(".hex, .fields-box").forEach(scrollToLit);
      };
      const withPdus = (number) => number >= 0 && exhibit.moments[number][4].length > 0;
      const focus = exhibit.byte >= 0 && withPdus(exhibit.reaction) ? exhibit.reaction
        : [exhibit.stimulus, exhibit.reaction, exhibit.moments.findIndex((row) => row[4].length)].find(withPdus) ?? -1;
      exhibit.moments.forEach((row, number) => list.append(moment(row, number, exhibit, gone, show)));
      place.append(make("div", "", make("div", "actors", make("span", "", "tester"), make("span", "", "peer")), list), panel);
      panel.hidden = true;
      if (focus >= 0) show(focus, list.children[focus].querySelector(".message"));
    });
  }

  /** Scrolls a box, not the page, to the highlighted part. */
  function scrollToLit(box) {
    const lit = box.querySelector(".lit");
    if (lit) box.scrollTop += lit.getBoundingClientRect().top - box.getBoundingClientRect().top - box.clientHeight / 2;
  }

  // ---------------------------------------------------------------- the bytes of a PDU

  /** Bytes of a PDU that are shown; all of them can be copied. */
  const SHOWN = 4096;

  /** Heading, bytes, the meaning of the chosen field, and all fields. */
  function dump([name, hex, missing, whole, rows], byte, byTester) {
    const size = hex.length / 2;
    let note = `${counted(size + missing, "byte")} from the ${byTester ? "tester" : "peer"}`;
    if (missing) note += `, ${size} of them recorded`;
    if (!whole) note += ", an incomplete PDU";
    const start = byte >= SHOWN ? byte - (byte % 16) - 256 : 0;
    const end = Math.min(start + SHOWN, size);
    if (end - start < size) note += `; bytes ${start + 1} to ${end} are shown`;
    const heading = make("h4", "", text(name), " ", make("small", "", note), " ", copier("copy bytes", () => hex));
    const width = matchMedia("(max-width: 45rem), print").matches ? 8 : 16;
    const view = byteView(hex, fieldsOf(data, rows), { byte, start, end, width, wrong: byTester ? "Wrong on purpose" : "Wrong" });
    return [heading, view.bytes, view.detail, view.box];
  }

  // ---------------------------------------------------------------- which cases are shown

  const form = document.querySelector(".filters");
  const search = form.querySelector("input[type=search]");
  const differing = form.querySelector(".differing");
  const output = form.querySelector("output");
  const clear = form.querySelector(".clear");
  const columns = document.querySelector(".columns");
  let cell = "";

  const pressed = (name) => new Set([...form.querySelectorAll(`[data-${name}][aria-pressed=true]`)].map((button) => button.dataset[name]));
  const searched = new Map(cases.map((details) => [details, details.textContent.toLowerCase()]));

  function filter() {
    const verdicts = pressed("verdict");
    const severities = pressed("severity");
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const details of cases) {
      const fits = details.dataset.verdicts.split(" ").some((verdict) => verdicts.has(verdict))
        && details.dataset.severities.split(" ").some((severity) => severities.has(severity))
        && (!cell || details.dataset.cell === cell)
        && (!differing?.checked || details.classList.contains("differs"))
        && words.every((word) => searched.get(details).includes(word));
      details.hidden = !fits;
      count += fits;
    }
    output.textContent = `${count} of ${counted(cases.length, "case")}${cell ? ` in ${cell}` : ""}`;
    clear.hidden = count === cases.length;
    document.querySelector(".nothing").hidden = count > 0;
    if (columns) columns.hidden = count === 0;
  }

  function showAll() {
    cell = "";
    search.value = "";
    if (differing) differing.checked = false;
    form.querySelectorAll("[aria-pressed]").forEach((button) => button.setAttribute("aria-pressed", "true"));
    filter();
  }

  form.hidden = false;
  document.querySelector(".keys").hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[aria-pressed]");
    if (!button) return;
    const group = [...button.parentElement.children];
    const alone = group.every((other) => other.getAttribute("aria-pressed") === String(other === button));
    const all = group.every((other) => other.getAttribute("aria-pressed") === "true");
    if (all || alone) {
      // The first click shows only this one; another click shows all again.
      group.forEach((other) => other.setAttribute("aria-pressed", String(alone || other === button)));
    } else {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      if (group.every((other) => other.getAttribute("aria-pressed") === "false")) group.forEach((other) => other.setAttribute("aria-pressed", "true"));
    }
    filter();
  });
  clear.addEventListener("click", showAll);
  document.querySelectorAll("a.cell").forEach((link) => link.addEventListener("click", () => {
    showAll();
    cell = link.dataset.cell;
    filter();
  }));

  // ---------------------------------------------------------------- opening, links, keys, paper

  function go() {
    let id;
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const details = cases.find((candidate) => candidate.id === id);
    if (!details) return;
    if (details.hidden) showAll();
    details.open = true;
    render(details);
    details.scrollIntoView({ block: "start" });
    details.querySelector("summary").focus({ preventScroll: true });
  }

  cases.forEach((details) => details.addEventListener("toggle", () => {
    if (!details.open) return;
    render(details);
    if (!printing) history.replaceState(null, "", `#${encodeURIComponent(details.id)}`);
  }));
  addEventListener("hashchange", go);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.key === "/") {
      event.preventDefault();
      search.focus();
    } else if (event.key === "j" || event.key === "k") {
      const visible = cases.filter((details) => !details.hidden);
      const now = visible.indexOf(document.activeElement.closest("details.case"));
      const next = visible[Math.min(Math.max(now + (event.key === "j" ? 1 : -1), 0), visible.length - 1)];
      next?.querySelector("summary").focus();
    }
  });

  let printing = false;
  let opened = [];
  addEventListener("beforeprint", () => {
    printing = true;
    opened = cases.filter((details) => !details.hidden && !details.open && /v-(failed|error)/.test(details.className));
    opened.forEach((details) => {
      details.open = true;
      render(details);
    });
  });
  addEventListener("afterprint", () => {
    opened.forEach((details) => { details.open = false; });
    printing = false;
  });

  filter();
  go();
})();
