// Table 9-10 below the page: the twin of both maps.

/** The table, built when it is opened. `look(at)`: a cell was selected; `opened()`: it is to be marked. */
function tableOf(spec, look, opened) {
  const table = find("details.table");

  function build() {
    if (table.dataset.built) return;
    table.dataset.built = "yes";
    const head = make("tr", "", make("td", ""), ...spec.states.map((state) => {
      const cell = make("th", "", state.label);
      cell.scope = "col";
      cell.title = state.meaning;
      return cell;
    }));
    const grid = make("table", "grid", head, ...spec.events.map(rowOf));
    grid.querySelector("button").tabIndex = 0;
    grid.addEventListener("keydown", (event) => walk(grid, event));
    table.querySelector(".scroll").replaceChildren(grid);
  }

  function rowOf(event) {
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
    return row;
  }

  /** The arrow keys go from cell to cell. */
  function walk(grid, event) {
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
  }

  /** Marks the states that the ends are in, and a cell. */
  function mark(states, cell) {
    if (!table.open) return;
    const here = new Set(ENDS.flatMap((end) => states[end]));
    table.querySelectorAll(".cell").forEach((button) => {
      button.classList.toggle("here", here.has(button.dataset.cell.split(" ")[0]));
      button.classList.toggle("lit", Boolean(cell) && button.dataset.cell === `${cell.state} ${cell.event}`);
    });
  }

  table.addEventListener("toggle", () => {
    if (!table.open) return;
    build();
    opened();
  });

  return { mark };
}
