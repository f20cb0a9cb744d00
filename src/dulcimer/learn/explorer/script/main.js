// The page: three modes over the same panes, and the address that holds the moment.

(() => {
  const data = JSON.parse(document.querySelector("script.data").textContent);
  const spec = data.machine;
  const find = (selector) => document.querySelector(selector);
  const MOST_MOVES = 600;
  const app = { mode: "explore", moves: [], at: 0, story: 0, replay: 0, row: 0, seed: 1, number: 0, answers: [], pdu: -1, byte: -1, look: null, trace: data.replay };

  const maps = Object.fromEntries(ENDS.map((end) => [end, mapOf(spec, end, (state) => look({ state }))]));
  const lane = laneOf((row) => goTo(row));
  const why = whyOf(spec, (state, event) => look({ state, event }), goThere);
  const live = find(".live");

  // ---------------------------------------------------------------- what there is at this moment

  const eventOf = (label) => spec.events.find((one) => one.label === label);
  const nameOf = (sample) => spec.samples[sample].name;
  const itemName = (item) => (item.kind === "pdu" ? nameOf(item.sample) : { connect: "transport: connect", connected: "transport: connected", close: "transport: close" }[item.kind]);

  /** Rows and arrows of the moves of the explorer, or of a story. */
  function worldView(moves, at) {
    const { world, rows, items } = played(spec, moves.slice(0, at));
    const last = rows.at(-1);
    const said = (row, end) => {
      if (row.end !== end || !row.event) return "";
      return row.step ? `${row.event} ${row.step.action} → ${row.step.next}` : `${row.event}: not in ${row.state}`;
    };
    const spoken = (row, number) => {
      if (row.lost) return `${number + 1}: the connection breaks`;
      if (row.odd) return `${number + 1}: the ${row.end} sends ${nameOf(row.sent[0].sample)} out of turn`;
      if (!row.event) return `${number + 1}: nothing happens at the ${row.end}`;
      return `${number + 1}: ${row.end}, ${eventOf(row.event).description}: ${row.step ? `${row.step.action}, then ${row.step.next}` : `cannot happen in ${row.state}`}`;
    };
    const view = {
      world,
      states: Object.fromEntries(ENDS.map((end) => [end, [world[end].state]])),
      artim: Object.fromEntries(ENDS.map((end) => [end, world[end].artim])),
      steps: last?.step ? [{ end: last.end, ...last.step }] : [],
      cell: last?.event ? { end: last.end, state: last.state, event: last.event, step: last.step } : null,
      pdu: last ? pduOf(last) : -1,
      spoken: last ? spoken(last, rows.length - 1) : "",
      lane: {
        count: rows.length,
        at: rows.length - 1,
        row: (number) => {
          const row = rows[number];
          const middle = row.lost ? "the connection breaks" : row.odd ? "out of turn" : "";
          return { requestor: said(row, "requestor"), acceptor: said(row, "acceptor"), middle, bad: Boolean(row.event && !row.step), spoken: spoken(row, number) };
        },
        arrows: items.map((item) => ({ ...item, label: itemName(item), kind: item.kind, bad: item.odd })),
      },
    };
    return view;
  }

  function pduOf(row) {
    const item = row.item?.kind === "pdu" ? row.item : row.sent.find((one) => one.kind === "pdu");
    return item ? spec.samples[item.sample].pdu : -1;
  }

  const statesIn = (text) => {
    const found = /^Sta\d+(,\d+)*$/.test(text) ? text.slice(3).split(",") : [];
    return found.map((number) => `Sta${number}`);
  };

  /** Rows of a recorded association. */
  function traceView(association, at) {
    const row = association.rows[at];
    if (!row) return worldView([], 0);
    const breaches = association.breaches.filter((one) => one.row === at);
    const before = association.rows[at - 1];
    const steps = row.steps.map(([end, state, event, action, next]) => ({ end, state, event, action, next })).filter((step) => step.action);
    let cell = null;
    if (steps.length) {
      const made = steps.at(-1);
      const outcome = spec.actions[made.action].outcomes.find((one) => one.next === made.next);
      cell = { ...made, step: outcome ? { ...outcome, ...made } : null };
    } else if (row.event && before) {
      const end = otherEnd(row.sender);
      const was = statesIn(before.states[ENDS.indexOf(end)]);
      if (was.length === 1) cell = { end, state: was[0], event: row.event, step: null };
      const next = statesIn(row.states[ENDS.indexOf(end)]);
      const outcome = cell && next.length === 1 ? spec.actions[spec.table[row.event]?.[was[0]]]?.outcomes.find((one) => one.next === next[0]) : null;
      if (outcome) steps.push({ end, state: was[0], event: row.event, action: spec.table[row.event][was[0]], next: next[0] });
    }
    const spoken = (number) => {
      const one = association.rows[number];
      const bad = association.breaches.some((found) => found.row === number) ? ", violation" : "";
      return `${number + 1}: ${one.sender ? `the ${one.sender} sends ` : ""}${one.label}${one.words ? `, ${one.words}` : ""}${bad}. Requestor ${one.states[0]}, acceptor ${one.states[1]}`;
    };
    return {
      states: { requestor: statesIn(row.states[0]), acceptor: statesIn(row.states[1]) },
      artim: {},
      steps,
      cell,
      breach: breaches[0] ?? null,
      pdu: row.pdu,
      spoken: spoken(at),
      words: [`${row.label}${row.words ? `: ${row.words}` : ""}`, ...row.notes],
      lane: {
        count: association.rows.length,
        at,
        row: (number) => {
          const one = association.rows[number];
          const told = (end) => {
            const step = one.steps.filter((each) => each[0] === end).at(-1);
            return step ? `${step[2]} ${step[3] || "blank"} → ${step[4]}` : one.states[ENDS.indexOf(end)];
          };
          return { requestor: told("requestor"), acceptor: told("acceptor"), middle: one.sender && one.size ? "" : one.label, bad: association.breaches.some((found) => found.row === number && !found.tolerated), spoken: spoken(number) };
        },
        arrows: visibleArrows(association, at),
      },
    };
  }

  function visibleArrows(association, at) {
    const found = [];
    for (let number = Math.max(0, at - AROUND); number < Math.min(association.rows.length, at + AROUND + 1); number += 1) {
      const row = association.rows[number];
      if (row.sender && row.size) found.push({ from: row.sender, start: number, stop: number, label: row.label, kind: "pdu", bad: association.breaches.some((one) => one.row === number && !one.tolerated) });
    }
    return found;
  }

  const sources = () => [...spec.stories.map((story) => story.title), ...(app.trace?.associations.map((one) => one.title) ?? [])];
  const recorded = () => app.trace?.associations[app.replay - spec.stories.length];
  const lengthOf = () => (recorded() ? recorded().rows.length : movesIn(spec.stories[app.replay].moves).length);

  function view() {
    if (app.mode === "explore") return worldView(app.moves, app.moves.length);
    if (app.mode === "replay") return recorded() ? traceView(recorded(), app.row) : worldView(movesIn(spec.stories[app.replay].moves), app.row + 1);
    return worldView([], 0);
  }

  // ---------------------------------------------------------------- drawing it

  let shownPdu = null;

  function render({ speak = true } = {}) {
    document.body.dataset.mode = app.mode;
    find(".wire h2").textContent = app.mode === "quiz" ? "Question" : "On the wire";
    document.querySelectorAll("[data-mode-of]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.modeOf === app.mode)));
    if (app.mode === "quiz") {
      renderQuiz();
      return;
    }
    const now = view();
    for (const end of ENDS) {
      maps[end].show({ states: now.states[end], steps: now.steps.filter((step) => step.end === end), artim: now.artim[end] });
    }
    lane.show(now.lane);
    if (app.look?.event) why.cell({ ...app.look, step: null });
    else if (app.look) why.state(app.look.state);
    else if (now.breach) why.breach({ ...now.breach }, app.trace.unit);
    else if (now.cell) why.cell(now.cell);
    else if (now.words) why.plain(now.words[0], ...now.words.slice(1));
    else why.plain("Two ends, one connection", "The maps show the state machine of each end. Press a button below a map: request. What an end sends travels to the other, and arrives when you let it. Select a state, or a cell of Table 9-10, to read what it says.");
    showPdu(app.pdu >= 0 ? app.pdu : now.pdu);
    if (app.mode === "explore") renderControls(now.world);
    else renderPlayer(now);
    renderBanner(now);
    if (table.open) markTable(now);
    if (speak && now.spoken) live.textContent = now.spoken;
    save();
  }

  function renderBanner(now) {
    const banner = find(".banner");
    const found = app.mode === "replay" ? recorded()?.breaches.filter((one) => !one.tolerated) ?? [] : [];
    banner.hidden = !found.length;
    if (!found.length) return;
    const icon = make("span", "icon", "✕");
    icon.setAttribute("aria-hidden", "true");
    banner.replaceChildren(icon, ` ${counted(found.length, "violation")}: `);
    found.slice(0, 5).forEach((one, number) => {
      const button = make("button", "", `${one.end}, ${app.trace.unit} ${one.frames[0]}`);
      button.type = "button";
      if (one.row === app.row) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => goTo(one.row));
      banner.append(number ? " " : "", button);
    });
  }

  /** The bytes of a PDU: strip, hexadecimal, field and all fields, linked with each other. */
  function showPdu(pdu) {
    if (shownPdu === `${pdu}`) return;
    shownPdu = `${pdu}`;
    const title = find(".bytes h2");
    const strip = find(".strip");
    const row = data.pdus[pdu];
    find(".bytes").classList.toggle("empty", !row);
    if (!row) {
      title.textContent = "Bytes";
      strip.replaceChildren();
      find(".hex-place").replaceChildren(make("p", "what", "No PDU at this moment."));
      find(".detail-place").replaceChildren();
      find(".fields-place").replaceChildren();
      return;
    }
    const [name, hex, missing, , rows] = row;
    const fields = fieldsOf(data, rows);
    title.replaceChildren(data.texts[name], " ", make("small", "", `${counted(hex.length / 2 + missing, "byte")}${missing ? `, ${hex.length / 2} of them recorded` : ""}`));
    const size = Math.max(1, hex.length / 2);
    const pieces = fields.map((field, number) => {
      const piece = make("span", field.problem ? "piece wrong" : "piece");
      piece.dataset.field = number;
      piece.title = field.label;
      piece.style.flexGrow = Math.sqrt(field.length / size);
      if (!field.length) piece.hidden = true;
      return piece;
    });
    const view = byteView(hex, fields, {
      byte: app.byte,
      start: 0,
      end: Math.min(hex.length / 2, 4096),
      width: matchMedia("(max-width: 45rem)").matches ? 8 : 16,
      wrong: "Wrong",
      lit: (number) => pieces.forEach((piece, index) => piece.classList.toggle("lit", index === number)),
      chosen: (position, byUser) => {
        if (!byUser) return;
        app.byte = position;
        save();
      },
    });
    pieces.forEach((piece, number) => piece.addEventListener("click", () => view.choose(number, undefined, true)));
    strip.replaceChildren(...pieces);
    find(".hex-place").replaceChildren(view.bytes);
    find(".detail-place").replaceChildren(view.detail);
    find(".fields-place").replaceChildren(view.box);
  }

  // ---------------------------------------------------------------- explore

  function press(label, title, act, ...classes) {
    const button = make("button", classes.filter(Boolean).join(" "), label);
    button.type = "button";
    if (title) button.title = title;
    button.addEventListener("click", act);
    return button;
  }

  function renderControls(world) {
    for (const end of ENDS) {
      const place = find(`.end[data-end=${end}] .controls`);
      const focused = place.contains(document.activeElement) ? document.activeElement.dataset.move : null;
      const buttons = localEvents(spec).map((label) => {
        const event = eventOf(label);
        const able = spec.table[label][world[end].state] && (label !== "Evt18" || world[end].artim) && !(label === "Evt1" && end === "acceptor");
        const button = press(event.words, `${label}: ${event.description}`, () => doMove(fires(end, label)), able ? "able" : "blank");
        button.dataset.move = fires(end, label);
        if (!able) button.setAttribute("aria-description", "blank here: select it to read why");
        return button;
      });
      const first = world[end].coming[0];
      const take = press(first ? `receive ${itemName(first)}` : "nothing is coming", "", () => doMove(takes(end)), "take", first ? "able" : "blank");
      take.dataset.move = takes(end);
      take.disabled = !first;
      const odd = make("select", "odd");
      odd.setAttribute("aria-label", `what the ${end} may send out of turn`);
      odd.dataset.move = `x${end}`;
      odd.append(new Option("send out of turn …", ""));
      spec.samples.forEach((sample, number) => odd.append(new Option(sample.title, String(number))));
      odd.disabled = !(world.requestor.open && world.acceptor.open);
      odd.addEventListener("change", () => { if (odd.value) doMove(oddly(end, Number(odd.value))); });
      place.replaceChildren(take, ...buttons, odd);
      if (focused) ([...place.children].find((one) => one.dataset.move === focused && !one.disabled) ?? [...place.children].find((one) => !one.disabled))?.focus();
    }
    const tools = find(".lane-tools");
    tools.replaceChildren(
      press("undo", "take the last move back (u)", () => undo()),
      press("start again", "", () => { app.moves = []; changed(); }),
      press("cut the wire", "the connection breaks: Evt17 at both ends", () => doMove("L")),
    );
    tools.children[0].disabled = tools.children[1].disabled = !app.moves.length;
    tools.children[2].disabled = !canBreak(world);
  }

  function doMove(move) {
    if (app.moves.length >= MOST_MOVES) app.moves = [];
    const { world } = played(spec, app.moves);
    const end = END_OF[move[0]];
    if (move.length === 2 && end && end === "acceptor" && move === fires("acceptor", "Evt1") && world.acceptor.state === "Sta1") {
      look({ state: "Sta1", event: "Evt1" }, "The acceptor waits for a connection here; the requestor asks for one.");
      return;
    }
    const result = moved(spec, world, move);
    if (!result.step && result.event && !result.item) {
      look({ end, state: result.state, event: result.event });
      return;
    }
    app.moves = [...app.moves, move];
    changed();
  }

  function undo() {
    app.moves = app.moves.slice(0, -1);
    changed();
  }

  /** A new moment: what was looked at before is closed. */
  function changed() {
    app.look = null;
    app.pdu = -1;
    app.byte = -1;
    shownPdu = null;
    render();
  }

  function look(at, spoken) {
    app.look = at;
    render({ speak: false });
    const action = at.event ? spec.table[at.event]?.[at.state] : "";
    live.textContent = spoken ?? (at.event ? `${at.state} and ${at.event}: ${action ? `${action}, ${spec.actions[action].description}` : `blank, ${eventOf(at.event).blank}`}` : `${at.state}: ${spec.states.find((one) => one.label === at.state).meaning}`);
    if (table.open) markTable(view());
  }

  function goThere(state, event) {
    if (app.mode !== "explore") setMode("explore");
    const { world } = played(spec, app.moves);
    const way = wayTo(spec, world, state, event);
    if (!way) {
      live.textContent = "There is no way from here.";
      find(".why .ways")?.append(make("p", "", "There is no way from here."));
      return;
    }
    app.moves = [...app.moves, ...way].slice(-MOST_MOVES);
    changed();
    if (!spec.table[event]?.[state]) look({ state, event });
    else if (way.length) live.textContent = `${counted(way.length, "move")}: ${live.textContent}`;
  }

  // ---------------------------------------------------------------- replay

  function renderPlayer() {
    const tools = find(".lane-tools");
    const length = lengthOf();
    if (tools.dataset.built !== `${sources().length}`) {
      tools.dataset.built = `${sources().length}`;
      const select = make("select", "source");
      select.setAttribute("aria-label", "what is replayed");
      sources().forEach((title, number) => select.append(new Option(title, String(number))));
      select.addEventListener("change", () => { app.replay = Number(select.value); app.row = 0; changed(); });
      const slider = make("input", "slider");
      slider.type = "range";
      slider.min = "1";
      slider.setAttribute("aria-label", "moment");
      slider.addEventListener("input", () => goTo(Number(slider.value) - 1));
      tools.replaceChildren(select, press("‹", "one step back", () => goTo(app.row - 1), "step"), slider, press("›", "one step on", () => goTo(app.row + 1), "step"), make("output", "place"));
      tools.children[1].setAttribute("aria-label", "one step back");
      tools.children[3].setAttribute("aria-label", "one step on");
    }
    tools.querySelector("select").value = String(app.replay);
    const slider = tools.querySelector("input");
    slider.max = String(length);
    slider.value = String(app.row + 1);
    slider.setAttribute("aria-valuetext", `${app.row + 1} of ${length}`);
    tools.querySelector("output").textContent = `${app.row + 1} / ${length}`;
  }

  function goTo(row) {
    if (app.mode === "explore") {
      if (row < 0 || row >= app.moves.length) return;
      app.moves = app.moves.slice(0, row + 1);
      changed();
      return;
    }
    app.row = Math.min(Math.max(row, 0), lengthOf() - 1);
    changed();
  }

  // ---------------------------------------------------------------- quiz

  function renderQuiz() {
    const question = questionOf(spec, data, app.seed, app.number);
    const given = app.answers[app.number];
    const done = given !== undefined;
    const place = find(".quiz");
    const right = app.answers.filter((one, number) => one === questionOf(spec, data, app.seed, number).right).length;
    const options = question.options.map((option, number) => {
      const state = !done ? "" : number === question.right ? "right" : number === given ? "wrong" : "";
      const mark = { right: "✓ right: ", wrong: "✕ your answer: " }[state] ?? "";
      const button = press("", "", () => answer(number), "option", state);
      button.append(make("kbd", "", String(number + 1)), ` ${mark}${option}`);
      button.disabled = done;
      return button;
    });
    const next = press(app.number + 1 < QUESTIONS ? "next question" : "a new quiz", "", () => nextQuestion(), "go");
    next.hidden = !done;
    const progress = make("p", "what", `Question ${app.number + 1} of ${QUESTIONS}, quiz ${app.seed}: ${right} right so far`);
    place.replaceChildren(progress, make("p", "do", question.text), make("div", "options", ...options), next);
    for (const end of ENDS) {
      const role = question.state && spec.states.find((one) => one.label === question.state).role;
      const shown = question.state && ["both", end].includes(role);
      const action = done && question.event && spec.table[question.event]?.[question.state];
      const outcomes = action ? spec.actions[action].outcomes.filter((one) => one.guard !== "is_requestor" || one.negated === (end === "acceptor")) : [];
      maps[end].show({ states: shown ? [question.state] : [], steps: shown ? outcomes.map((one) => ({ ...one, end, state: question.state, event: question.event, action })) : [], note: shown ? "asked about" : "", isAsked: true });
    }
    if (done && question.event) why.cell({ state: question.state, event: question.event, step: null });
    else if (done) why.plain("The bytes tell it", "The field is marked in the bytes and in the list of fields.");
    else why.plain("Quiz", "Choose an answer, with the mouse or the keys 1 to 4. Then this card shows what the standard says.");
    app.byte = done && question.pdu !== undefined ? question.byte : -1;
    shownPdu = null;
    showPdu(question.pdu !== undefined ? question.pdu : -1);
    if (question.pdu !== undefined && !done) {
      find(".fields-place").replaceChildren();
      find(".detail-place").replaceChildren();
      find(".hex-place").querySelectorAll(".lit, .at").forEach((cell) => cell.classList.remove("lit", "at"));
      find(".strip").replaceChildren();
    }
    find(".banner").hidden = true;
    save();
  }

  function answer(number) {
    const question = questionOf(spec, data, app.seed, app.number);
    if (app.answers[app.number] !== undefined || number >= question.options.length) return;
    app.answers[app.number] = number;
    render();
    live.textContent = number === question.right ? "Right." : `Wrong. Right is: ${question.options[question.right]}`;
    find(".quiz .go").focus();
  }

  function nextQuestion() {
    app.number += 1;
    if (app.number >= QUESTIONS) {
      app.number = 0;
      app.seed += 1;
      app.answers = [];
    }
    render();
    live.textContent = find(".quiz .do").textContent;
    find(".quiz .option").focus();
  }

  // ---------------------------------------------------------------- Table 9-10

  const table = find("details.table");

  function buildTable() {
    if (table.dataset.built) return;
    table.dataset.built = "yes";
    const grid = make("table", "grid");
    const head = make("tr", "", make("th", ""), ...spec.states.map((state) => {
      const cell = make("th", "", state.label);
      cell.scope = "col";
      cell.title = state.meaning;
      return cell;
    }));
    grid.append(head);
    for (const event of spec.events) {
      const name = make("th", "", make("b", "", event.label), ` ${event.description}`);
      name.scope = "row";
      const row = make("tr", "", name);
      for (const state of spec.states) {
        const action = spec.table[event.label]?.[state.label] ?? "";
        const button = press(action, "", () => look({ state: state.label, event: event.label }), "cell");
        button.tabIndex = -1;
        button.dataset.cell = `${state.label} ${event.label}`;
        button.setAttribute("aria-label", `${state.label} ${event.label} ${action || "blank"}`);
        row.append(make("td", "", button));
      }
      grid.append(row);
    }
    grid.querySelector("button").tabIndex = 0;
    grid.addEventListener("keydown", (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
      const here = event.target.closest("td");
      if (!here || (!dx && !dy)) return;
      event.preventDefault();
      event.stopPropagation();
      const next = grid.rows[here.parentElement.rowIndex + dy]?.cells[here.cellIndex + dx]?.querySelector("button");
      if (!next) return;
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
    table.querySelector(".scroll").replaceChildren(grid);
  }

  function markTable(now) {
    const here = new Set(ENDS.flatMap((end) => now.states[end]));
    const at = app.look?.event ? app.look : now.cell;
    table.querySelectorAll(".cell").forEach((button) => {
      const [state] = button.dataset.cell.split(" ");
      button.classList.toggle("here", here.has(state));
      button.classList.toggle("lit", Boolean(at) && button.dataset.cell === `${at.state} ${at.event}`);
    });
  }

  table.addEventListener("toggle", () => {
    if (!table.open) return;
    buildTable();
    if (app.mode !== "quiz") markTable(view());
  });

  // ---------------------------------------------------------------- the address, modes and keys

  let saving = false;

  function save() {
    const more = app.byte >= 0 && app.mode !== "quiz" ? `&b=${app.byte + 1}` : "";
    const looked = app.look && app.mode !== "quiz" ? `&c=${[app.look.state, app.look.event].filter(Boolean).join(".")}` : "";
    const hash = {
      explore: `#explore=${app.moves.join("")}${looked}${more}`,
      replay: `#replay=${app.replay + 1}.${app.row + 1}${looked}${more}`,
      quiz: `#quiz=${app.seed}.${app.number + 1}`,
    }[app.mode];
    if (location.hash === hash) return;
    saving = true;
    history.replaceState(null, "", hash);
    saving = false;
  }

  function restore() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : 0);
    const look = /^(Sta\d+)(?:\.(Evt\d+))?$/.exec(parts.get("c") ?? "");
    app.look = look && spec.places[look[1]] && (!look[2] || eventOf(look[2])) ? { state: look[1], event: look[2] } : null;
    app.byte = whole(parts.get("b")) - 1;
    app.pdu = -1;
    shownPdu = null;
    if (parts.has("replay")) {
      app.mode = "replay";
      const [source, row] = parts.get("replay").split(".");
      app.replay = Math.min(Math.max(whole(source) - 1, 0), sources().length - 1);
      app.row = Math.min(Math.max(whole(row) - 1, 0), lengthOf() - 1);
    } else if (parts.has("quiz")) {
      app.mode = "quiz";
      const [seed, number] = parts.get("quiz").split(".");
      app.seed = whole(seed) || 1;
      app.number = Math.min(Math.max(whole(number) - 1, 0), QUESTIONS - 1);
      app.answers = [];
    } else if (parts.has("explore")) {
      app.mode = "explore";
      app.moves = movesIn(parts.get("explore")).filter((move) => move[0] !== "x" || parseInt(move.slice(2), 36) < spec.samples.length).slice(0, MOST_MOVES);
    } else if (app.trace?.associations.length) {
      app.mode = "replay";
      app.replay = spec.stories.length;
      const first = recorded().breaches.find((one) => !one.tolerated);
      app.row = first ? first.row : 0;
    }
    find(".lane-tools").dataset.built = "";
    render({ speak: false });
  }

  function setMode(mode) {
    app.mode = mode;
    app.look = null;
    app.byte = -1;
    shownPdu = null;
    find(".lane-tools").dataset.built = "";
    if (mode === "replay") app.row = Math.min(app.row, lengthOf() - 1);
    render();
  }

  document.querySelectorAll("[data-mode-of]").forEach((button) => button.addEventListener("click", () => setMode(button.dataset.modeOf)));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (app.mode === "quiz" && /^[1-4]$/.test(event.key)) answer(Number(event.key) - 1);
    else if (app.mode === "replay" && !event.target.closest(".hex, .fields-box") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      goTo(app.row + (event.key === "ArrowRight" ? 1 : -1));
    } else if (app.mode === "explore" && event.key === "u" && app.moves.length) undo();
    else if (event.key === "Escape" && app.look) { app.look = null; render(); }
  });

  addEventListener("hashchange", () => { if (!saving) restore(); });

  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  });
  find(".open input")?.addEventListener("change", (event) => { if (event.target.files[0]) open(event.target.files[0]); });

  function open(file) {
    file.text().then((text) => {
      app.trace = traceIn(spec, data, text, file.name);
      app.mode = "replay";
      app.replay = spec.stories.length;
      app.row = 0;
      find(".lane-tools").dataset.built = "";
      changed();
    }).catch((problem) => {
      why.plain("This file cannot be shown", String(problem.message ?? problem));
      live.textContent = `This file cannot be shown: ${problem.message ?? problem}`;
    });
  }

  if (navigator.clipboard) {
    const link = find(".link");
    link.hidden = false;
    link.addEventListener("click", () => navigator.clipboard.writeText(location.href).then(() => { live.textContent = "The link to this moment is copied."; link.textContent = "copied"; setTimeout(() => { link.textContent = "copy link"; }, 1500); }));
  }

  globalThis.explorer = Object.freeze({ spec, stepOf, played, movesIn, wayTo, firstWorld, questionOf: (seed, number) => questionOf(spec, data, seed, number) });
  restore();
})();
