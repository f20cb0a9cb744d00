"use strict";
(() => {
  /** Opens everything around the place that the address names. */
  function reveal() {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = place; box; box = box.parentElement) {
      if (box.tagName === "DETAILS") box.open = true;
    }
    place?.scrollIntoView();
  }

  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  addEventListener("beforeprint", () => {
    document.querySelectorAll("details.finding, details.way").forEach((box) => { box.open = true; });
  });

  if (navigator.clipboard) {
    document.querySelectorAll(".command").forEach((command) => {
      const button = document.createElement("button");
      button.className = "copy";
      button.type = "button";
      button.textContent = "copy";
      button.addEventListener("click", () => {
        navigator.clipboard.writeText(command.textContent).then(() => { button.textContent = "copied"; });
      });
      command.after(" ", button);
    });
  }
})();
