// Buttons marked `data-prints` print the page.

document.querySelectorAll("button[data-prints]").forEach((button) => {
  button.addEventListener("click", () => window.print());
  button.hidden = false;
});
