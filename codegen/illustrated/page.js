"use strict";
for (const hex of document.querySelectorAll(".hex")) {
  const box = hex.closest(".bytes");
  const detail = box.querySelector(".detail");
  const cells = [...hex.querySelectorAll(".b")];
  const rows = [...box.querySelectorAll("tr[data-f]")];
  let now = -1;
  const show = (number) => {
    if (number === now || number < 0 || number >= rows.length) return;
    now = number;
    for (const cell of cells) cell.classList.toggle("lit", Number(cell.dataset.f) === number);
    for (const row of rows) row.classList.toggle("lit", Number(row.dataset.f) === number);
    const [offset, name, says, doc] = rows[number].cells;
    const first = document.createElement("b");
    const size = cells.filter((cell) => Number(cell.dataset.f) === number).length;
    first.textContent = `${name.textContent.trim()}: byte ${offset.textContent.trim()}, ${size === 1 ? "1 byte" : size + " bytes"}`;
    const value = document.createElement("span");
    value.className = "says";
    value.textContent = says.textContent;
    const why = document.createElement("span");
    why.append(...[...doc.childNodes].map((node) => node.cloneNode(true)));
    detail.replaceChildren(first, value, why);
  };
  hex.addEventListener("mouseover", (event) => {
    const cell = event.target.closest(".b");
    if (cell) show(Number(cell.dataset.f));
  });
  hex.addEventListener("click", (event) => {
    const cell = event.target.closest(".b");
    if (cell) show(Number(cell.dataset.f));
  });
  hex.addEventListener("focus", () => { if (now < 0) show(0); });
  hex.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const end = { Home: 0, End: rows.length - 1 }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    show(end === undefined ? Math.min(rows.length - 1, Math.max(0, now + step)) : end);
    const lit = hex.querySelector(".lit");
    if (lit) lit.scrollIntoView({ block: "nearest" });
  });
  for (const row of rows) row.addEventListener("mouseenter", () => show(Number(row.dataset.f)));
}
