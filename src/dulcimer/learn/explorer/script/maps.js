// The two maps: the machine of each end, its states as buttons.

/** A map. `choose(state)` is called when a state is chosen. */
function mapOf(spec, end, choose) {
  const section = document.querySelector(`.end[data-end=${end}]`);
  const svg = section.querySelector("svg");
  const now = section.querySelector(".now");
  const nodes = new Map([...svg.querySelectorAll(".state")].map((node) => [node.dataset.state, node]));
  const arrows = [...svg.querySelectorAll(".arrow")];
  const labels = [...svg.querySelectorAll(".label")];
  const infos = new Map(spec.states.map((state) => [state.label, state]));
  let focused = "Sta1";

  for (const [label, node] of nodes) {
    const state = infos.get(label);
    node.querySelector("title").remove(); // a button has one name: what it shows
    node.setAttribute("role", "button");
    node.tabIndex = label === focused ? 0 : -1;
    if (!["both", end].includes(state.role)) node.classList.add("never");
    node.addEventListener("click", () => { focus(label); choose(label); });
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(label);
      }
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      focus(nextIn(label, way));
      nodes.get(focused).focus();
    });
  }

  function focus(label) {
    nodes.get(focused).tabIndex = -1;
    focused = label;
    nodes.get(focused).tabIndex = 0;
  }

  /** The nearest state in a direction. */
  function nextIn(label, [dx, dy]) {
    const from = spec.places[label];
    let best = label;
    let least = Infinity;
    for (const [other, to] of Object.entries(spec.places)) {
      const ahead = (to[0] - from[0]) * dx + (to[1] - from[1]) * dy;
      const aside = Math.abs((to[0] - from[0]) * dy) + Math.abs((to[1] - from[1]) * dx);
      if (ahead > 0 && ahead + 2 * aside < least) {
        best = other;
        least = ahead + 2 * aside;
      }
    }
    return best;
  }

  /** Shows the states that an end is in, or may be in, and the arrows that it took last. */
  function show({ states, steps, artim, note, isAsked }) {
    const lit = new Set(steps.map((step) => arrowOf(spec, step)));
    const sure = states.length === 1;
    for (const [label, node] of nodes) {
      const here = states.includes(label);
      node.classList.toggle("lit", here && sure);
      node.classList.toggle("possible", here && !sure);
      node.classList.toggle("left", steps.some((step) => step.state === label) && !here);
      const name = `${label}, ${infos.get(label).words}${here ? (sure ? ", the state now" : ", possible now") : ""}`;
      if (node.getAttribute("aria-label") !== name) node.setAttribute("aria-label", name);
    }
    arrows.forEach((arrow) => arrow.classList.toggle("lit", lit.has(Number(arrow.dataset.arrow))));
    labels.forEach((label) => {
      const number = Number(label.dataset.arrow);
      label.classList.toggle("lit", lit.has(number));
      label.classList.toggle("near", sure && spec.arrows[number].from.includes(states[0]));
    });
    const words = sure ? infos.get(states[0]).words : "";
    now.replaceChildren(...(sure ? [make("b", "", states[0]), ` ${words}`] : [make("b", "", states.length ? states.join(" or ") : isAsked ? "" : "not known")]));
    if (artim) now.append(" ", make("span", "badge artim", "ARTIM runs"));
    if (note) now.append(" ", make("span", "badge", note));
  }

  return { show };
}
