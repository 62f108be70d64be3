// Buttons marked `data-copies` copy the <code> beside them, and say that word when they have. Without scripts, or without a clipboard, they stay hidden.

const spoken = document.createElement("p");
spoken.className = "visually-hidden";
spoken.setAttribute("role", "status");
document.body.append(spoken);

function offer(button) {
  const label = button.firstChild;
  const word = label.data;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    label.data = button.dataset.copies;
    spoken.textContent = label.data;
    setTimeout(() => {
      label.data = word;
      spoken.textContent = "";
    }, 2000);
  });
  button.hidden = false;
}

if (navigator.clipboard) {
  document.querySelectorAll("button[data-copies]").forEach(offer);
}
