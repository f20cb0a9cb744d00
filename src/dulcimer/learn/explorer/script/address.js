// The address of the page says what it shows, so that a moment can be kept and passed on.

const MOST_SAVED = 80;
const SAVED_WITHIN = 10000;

/** The address. Browsers refuse to change it more than some 100 times in ten seconds: then the last one is saved later. */
function addressOf(spec, app, moments, quiz) {
  let saved = [];
  let later = 0;

  function text() {
    const byte = app.byte >= 0 && app.mode !== "quiz" ? `&b=${app.byte + 1}` : "";
    const looked = app.look && app.mode !== "quiz" ? `&c=${[app.look.state, app.look.event].filter(Boolean).join(".")}` : "";
    if (app.mode === "quiz") return `#quiz=${app.seed}.${app.number + 1}`;
    return (app.mode === "explore" ? `#explore=${app.moves.join("")}` : `#replay=${app.replay + 1}.${app.row + 1}`) + looked + byte;
  }

  function save() {
    clearTimeout(later);
    const wanted = text();
    if (location.hash === wanted) return;
    const now = performance.now();
    saved = saved.filter((time) => now - time < SAVED_WITHIN);
    if (saved.length >= MOST_SAVED) {
      later = setTimeout(save, SAVED_WITHIN - (now - saved[0]));
      return;
    }
    saved.push(now);
    history.replaceState(null, "", wanted);
  }

  const whole = (digits) => (/^\d{1,9}$/.test(digits ?? "") ? Number(digits) : 0);
  const between = (number, least, most) => Math.min(Math.max(number, least), most);

  /** Goes where the address says; without a place, to the first violation of the recording that the page was made with. */
  function restore() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const look = /^(Sta\d+)(?:\.(Evt\d+))?$/.exec(parts.get("c") ?? "");
    app.look = look && spec.places[look[1]] && (!look[2] || moments.event(look[2])) ? { state: look[1], event: look[2] } : null;
    app.byte = whole(parts.get("b")) - 1;
    if (parts.has("replay")) {
      app.mode = "replay";
      const [source, row] = parts.get("replay").split(".");
      app.replay = between(whole(source) - 1, 0, moments.sources().length - 1);
      app.row = between(whole(row) - 1, 0, moments.length() - 1);
    } else if (parts.has("quiz")) {
      app.mode = "quiz";
      const [seed, number] = parts.get("quiz").split(".");
      app.seed = between(whole(seed), 1, quiz.count);
      app.number = between(whole(number) - 1, 0, quiz.questions - 1);
      app.answers = [];
    } else if (parts.has("explore")) {
      app.mode = "explore";
      app.moves = movesIn(parts.get("explore")).filter((move) => move[0] !== "x" || parseInt(move.slice(2), 36) < spec.samples.length).slice(0, MOST_MOVES);
    } else if (app.trace?.associations.length) {
      app.mode = "replay";
      app.replay = spec.stories.length;
      app.row = foundIn(moments.recorded()).harmful[0]?.row ?? 0;
    }
  }

  return { save, restore };
}
