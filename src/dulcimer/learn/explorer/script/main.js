// The page: its parts, put together, and what keys and files do.

(() => {
  const data = JSON.parse(find("script.data").textContent);
  const spec = data.machine;
  const app = { mode: "explore", moves: [], replay: 0, row: 0, seed: 1, number: 0, answers: [], byte: -1, look: null, problem: "", trace: data.replay };
  const say = (text) => { find(".live").textContent = text; };

  const moments = momentsOf(spec, app);
  const maps = Object.fromEntries(ENDS.map((end) => [end, mapOf(spec, end, (state) => look({ state }))]));
  const lane = laneOf((row) => (app.mode === "explore" ? explore : player).goTo(row));
  const why = whyOf(spec, (state, event) => look({ state, event }), goThere);
  const bytes = bytesPaneOf(data, (byte) => { app.byte = byte; address.save(); });
  const explore = exploreOf(spec, app, moments, { changed, look, say });
  const player = playerOf(app, moments, changed);
  const quizzes = quizzesOf(data.quiz);
  const quiz = quizOf(spec, app, quizzes, { maps, why, bytes, render, say });
  const address = addressOf(spec, app, moments, quizzes);
  const table = tableOf(spec, (at) => look(at), () => { if (app.mode !== "quiz") mark(moments.now()); });

  function render({ speak = true } = {}) {
    document.body.dataset.mode = app.mode;
    find(".wire h2").textContent = app.mode === "quiz" ? "Question" : "On the wire";
    document.querySelectorAll("[data-mode-of]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.modeOf === app.mode)));
    if (app.mode === "quiz") quiz.show();
    else showMoment(moments.now(), speak);
    address.save();
  }

  function showMoment(now, speak) {
    for (const end of ENDS) {
      maps[end].show({ states: now.states[end], steps: now.steps.filter((step) => step.end === end), artim: now.artim[end] });
    }
    lane.show(now.lane);
    showWhy(now);
    bytes.show(now.pdu, app.byte);
    if (app.mode === "explore") explore.show(now.world);
    else player.show();
    const recording = app.mode === "replay" && moments.recorded();
    showBanner(recording ? foundIn(recording).harmful : [], app.trace?.unit, app.row, player.goTo);
    showNote(recording, app.trace, spec.judging.all_rules, app.problem);
    mark(now);
    if (speak && now.spoken) say(now.spoken);
  }

  function showWhy(now) {
    if (app.problem) why.plain("This file cannot be shown", app.problem);
    else if (app.look?.event) why.cell({ ...app.look, step: null });
    else if (app.look) why.state(app.look.state);
    else if (now.breach) why.breach(now.breach, app.trace.unit);
    else if (now.cell) why.cell(now.cell);
    else if (now.words) why.plain(...now.words);
    else why.plain("Two ends, one connection", "The maps show the state machine of each end. Press a button below a map: request. What an end sends travels to the other, and arrives when you let it. Select a state, or a cell of Table 9-10, to read what it says.");
  }

  function mark(now) {
    table.mark(now.states, app.look?.event ? app.look : now.cell);
  }

  /** A new moment: what was looked at before is closed. */
  function changed() {
    app.problem = "";
    app.look = null;
    app.byte = -1;
    render();
  }

  /** A state or a cell is read; nothing moves. */
  function look(at, words) {
    app.problem = "";
    app.look = at;
    render({ speak: false });
    const action = at.event ? spec.table[at.event]?.[at.state] : "";
    const cell = () => `${at.state} and ${at.event}: ${action ? `${action}, ${spec.actions[action].description}` : `blank, ${moments.event(at.event).blank}`}`;
    say(words ?? (at.event ? cell() : `${at.state}: ${spec.states.find((one) => one.label === at.state).meaning}`));
  }

  function goThere(state, event) {
    if (app.mode !== "explore") setMode("explore");
    explore.goThere(state, event);
  }

  function setMode(mode) {
    app.mode = mode;
    find(".lane-tools").dataset.built = "";
    if (mode === "replay") app.row = Math.min(app.row, moments.length() - 1);
    changed();
  }

  function restore() {
    address.restore();
    find(".lane-tools").dataset.built = "";
    render({ speak: false });
  }

  async function open(file) {
    say(`Reading ${file.name}.`);
    try {
      app.trace = await recordingIn(spec, data, file);
    } catch (problem) {
      if (app.mode === "quiz") setMode("explore");
      app.problem = String(problem.message ?? problem);
      render({ speak: false });
      say(`This file cannot be shown: ${app.problem}`);
      return;
    }
    const { associations } = app.trace;
    const first = Math.max(0, associations.findIndex((one) => foundIn(one).harmful.length));
    app.replay = spec.stories.length + first;
    app.row = foundIn(associations[first]).harmful[0]?.row ?? 0;
    setMode("replay");
    find(".lane-tools .step:last-of-type")?.focus();
  }

  document.querySelectorAll("[data-mode-of]").forEach((button) => button.addEventListener("click", () => setMode(button.dataset.modeOf)));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (app.mode === "quiz" && /^[1-4]$/.test(event.key)) quiz.answer(Number(event.key) - 1);
    else if (app.mode === "replay" && !event.target.closest(".hex, .fields-box") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      player.goTo(app.row + (event.key === "ArrowRight" ? 1 : -1));
    } else if (app.mode === "explore" && event.key === "u" && app.moves.length) explore.undo();
    else if (event.key === "Escape" && app.look) { app.look = null; render(); }
  });

  addEventListener("hashchange", restore);
  const dropping = (isOver) => document.body.classList.toggle("dropping", isOver);
  document.addEventListener("dragover", (event) => { event.preventDefault(); dropping(true); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) dropping(false); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    dropping(false);
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  });
  find(".open input").addEventListener("change", (event) => { if (event.target.files[0]) open(event.target.files[0]); });

  if (navigator.clipboard) {
    const link = find(".link");
    link.hidden = false;
    link.addEventListener("click", () => navigator.clipboard.writeText(location.href).then(() => { say("The link to this moment is copied."); link.textContent = "copied"; setTimeout(() => { link.textContent = "copy link"; }, 1500); }));
  }

  globalThis.explorer = Object.freeze({ spec, stepOf, played, movesIn, wayTo, firstWorld, questionOf: quizzes.question });
  restore();
})();
