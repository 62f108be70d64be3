// Buttons marked `data-shows` show the password in the field they name, and hide it again before it is sent.

function offer(button) {
  const field = document.getElementById(button.dataset.shows);
  const label = button.firstChild;
  const word = label.data;
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    label.data = shown ? button.dataset.hide : word;
  };
  button.addEventListener("click", () => show(field.type === "password"));
  field.form.addEventListener("submit", () => show(false));
  button.hidden = false;
}

document.querySelectorAll("button[data-shows]").forEach(offer);
