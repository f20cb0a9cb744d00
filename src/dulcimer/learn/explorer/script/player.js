// Replay: what is replayed, and the slider over its rows.

/** The mode. `changed()`: there is a new moment. */
function playerOf(app, moments, changed) {
  function build(tools, titles) {
    const select = make("select", "source");
    select.setAttribute("aria-label", "what is replayed");
    titles.forEach((title, number) => select.append(new Option(title, String(number))));
    select.addEventListener("change", () => {
      app.replay = Number(select.value);
      app.row = 0;
      changed();
    });
    const slider = make("input", "slider");
    slider.type = "range";
    slider.min = "1";
    slider.setAttribute("aria-label", "moment");
    slider.addEventListener("input", () => goTo(Number(slider.value) - 1));
    const step = (label, words, by) => {
      const button = press(label, words, () => goTo(app.row + by), "step");
      button.setAttribute("aria-label", words);
      return button;
    };
    tools.replaceChildren(select, step("‹", "one step back", -1), slider, step("›", "one step on", 1), make("output", "place"));
    tools.dataset.built = String(titles.length);
  }

  function show() {
    const tools = find(".lane-tools");
    const titles = moments.sources();
    if (tools.dataset.built !== String(titles.length)) build(tools, titles);
    const length = moments.length();
    tools.querySelector("select").value = String(app.replay);
    const slider = tools.querySelector("input");
    slider.max = String(length);
    slider.value = String(app.row + 1);
    slider.setAttribute("aria-valuetext", `${app.row + 1} of ${length}`);
    tools.querySelector("output").textContent = `${app.row + 1} / ${length}`;
  }

  function goTo(row) {
    app.row = Math.min(Math.max(row, 0), moments.length() - 1);
    changed();
  }

  return { show, goTo };
}
