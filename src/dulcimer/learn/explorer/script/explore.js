// Explore: what the users of both ends can do, and the way to a cell.

const MOST_MOVES = 600;

/** The mode. `changed()`: there is a new moment; `look(at, words)`: a cell is to be read; `say(text)`: in the live region. */
function exploreOf(spec, app, moments, { changed, look, say }) {
  function controlsOf(world, end) {
    const buttons = localEvents(spec).map((label) => {
      const event = moments.event(label);
      const able = spec.table[label][world[end].state] && (label !== "Evt18" || world[end].artim) && !(label === "Evt1" && end === "acceptor");
      const button = press(event.words, `${label}: ${event.description}`, () => move(fires(end, label)), able ? "able" : "blank");
      button.dataset.move = fires(end, label);
      if (!able) button.setAttribute("aria-description", "blank here: select it to read why");
      return button;
    });
    const first = world[end].coming[0];
    const take = press(first ? `receive ${moments.itemName(first)}` : "nothing is coming", "", () => move(takes(end)), "take", first ? "able" : "blank");
    take.dataset.move = takes(end);
    take.disabled = !first;
    const odd = make("select", "odd");
    odd.setAttribute("aria-label", `what the ${end} may send out of turn`);
    odd.dataset.move = `x${end}`;
    odd.append(new Option("send out of turn …", ""));
    spec.samples.forEach((sample, number) => odd.append(new Option(sample.title, String(number))));
    odd.disabled = !(world.requestor.open && world.acceptor.open);
    odd.addEventListener("change", () => { if (odd.value) move(oddly(end, Number(odd.value))); });
    return [take, ...buttons, odd];
  }

  /** The buttons of both ends; what had the focus keeps it. */
  function show(world) {
    for (const end of ENDS) {
      const place = find(`.end[data-end=${end}] .controls`);
      const focused = place.contains(document.activeElement) ? document.activeElement.dataset.move : null;
      place.replaceChildren(...controlsOf(world, end));
      if (!focused) continue;
      const able = [...place.children].filter((one) => !one.disabled);
      (able.find((one) => one.dataset.move === focused) ?? able[0])?.focus();
    }
    const tools = [
      press("undo", "take the last move back (u)", undo),
      press("start again", "", () => { app.moves = []; changed(); }),
      press("cut the wire", "the connection breaks: Evt17 at both ends", () => move("L")),
    ];
    tools[0].disabled = tools[1].disabled = !app.moves.length;
    tools[2].disabled = !canBreak(world);
    find(".lane-tools").replaceChildren(...tools);
  }

  function move(wanted) {
    if (app.moves.length >= MOST_MOVES) app.moves = [];
    const world = moments.world(app.moves);
    if (wanted === fires("acceptor", "Evt1") && world.acceptor.state === "Sta1") {
      look({ state: "Sta1", event: "Evt1" }, "The acceptor waits for a connection here; the requestor asks for one.");
      return;
    }
    const result = moved(spec, world, wanted);
    if (!result.step && result.event && !result.item) {
      look({ end: result.end, state: result.state, event: result.event });
      return;
    }
    app.moves = [...app.moves, wanted];
    changed();
  }

  function undo() {
    app.moves = app.moves.slice(0, -1);
    changed();
  }

  /** Back to a row. */
  function goTo(row) {
    if (row < 0 || row >= app.moves.length) return;
    app.moves = app.moves.slice(0, row + 1);
    changed();
  }

  /** The fewest moves to a cell. */
  function goThere(state, event) {
    const way = wayTo(spec, moments.world(app.moves), state, event);
    if (!way) {
      say("There is no way from here.");
      find(".why .ways")?.append(make("p", "", "There is no way from here."));
      return;
    }
    app.moves = [...app.moves, ...way].slice(-MOST_MOVES);
    changed();
    if (!spec.table[event]?.[state]) look({ state, event });
    else if (way.length) say(`${counted(way.length, "move")}: ${find(".live").textContent}`);
  }

  return { show, undo, goTo, goThere };
}
