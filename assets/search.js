// The key "/" leads to the search for everything, from wherever nobody types.

const field = document.getElementById("search");

document.addEventListener("keydown", (event) => {
  const types = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !types && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing) {
    event.preventDefault();
    field.focus();
    field.select();
  }
});
