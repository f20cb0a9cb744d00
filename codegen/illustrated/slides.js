"use strict";
const all = [...document.querySelectorAll(".slide")];
const at = () => {
  const middle = window.innerHeight / 2;
  return Math.max(0, all.findIndex((one) => one.getBoundingClientRect().bottom > middle));
};
const go = (number) => {
  const slide = all[Math.min(all.length - 1, Math.max(0, number))];
  slide.scrollIntoView();
  slide.focus({ preventScroll: true });
  history.replaceState(null, "", `#${slide.id}`);
};
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const steps = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 };
  if (event.key === "n" || event.key === "N") document.body.classList.toggle("with-notes");
  else if (event.key in steps && !(event.key === " " && event.target.closest("a, pre"))) {
    event.preventDefault();
    go(at() + steps[event.key]);
  }
  else if (event.key === "Home") { event.preventDefault(); go(0); }
  else if (event.key === "End") { event.preventDefault(); go(all.length - 1); }
});
