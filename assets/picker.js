// Searches among many choices while one types. The form is kept at the server, as the search without a script does it, and
// what the page would show then takes the place of what stands here: the server decides what is found.

for (const picker of document.querySelectorAll("[data-picker]")) {
  const form = picker.closest("form");
  const field = document.getElementById(`${picker.id}-find`);
  const button = field.nextElementSibling;
  const parts = ["picked", "found"].map((part) => `${picker.id}-${part}`);
  let soon;
  let request;

  // None of them is the button that Enter presses in the other fields of the form.
  for (const own of picker.querySelectorAll("[formaction]")) own.type = "button";

  function search() {
    clearTimeout(soon);
    request?.abort();
    request = new XMLHttpRequest();
    request.open("POST", button.formAction);
    request.responseType = "document";
    request.addEventListener("load", () => {
      const page = request.response;
      request = null;
      if (!page?.getElementById(parts[0])) return;
      for (const part of parts) {
        document.getElementById(part).replaceWith(document.adoptNode(page.getElementById(part)));
      }
    });
    request.send(new URLSearchParams(new FormData(form)));
  }

  button.addEventListener("click", search);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    search();
  });
  picker.addEventListener("input", (event) => {
    clearTimeout(soon);
    if (event.target === field) {
      soon = setTimeout(search, 250);
    } else if (request) {
      // What is ticked while an answer is on its way is not in it.
      search();
    }
  });
  picker.addEventListener("click", (event) => {
    if (event.target.closest("[formaction]")?.name !== `${picker.id}.browse`) return;
    event.preventDefault();
    field.value = event.target.closest("button").value;
    search();
  });
}
