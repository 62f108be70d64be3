// Two minutes before the session of the console ends, says so and offers to stay. Meanwhile what is typed into a form that is
// marked `data-keeps` is kept at the server, so that no lost tab and no ended session takes it away.

const notice = document.getElementById("session-ends");
const [words, stay] = [notice.querySelector("p"), notice.querySelector("button")];
const WARNED = 120_000;
let ends = Number(notice.dataset.ends);
let timer;

function watch() {
  clearTimeout(timer);
  timer = setTimeout(warn, Math.max(0, ends - WARNED - Date.now()));
}

function warn() {
  const time = new Date(ends).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  words.textContent = `You are signed out at ${time}, for your safety. What you typed is kept until you sign in again.`;
  notice.hidden = false;
}

stay.addEventListener("click", async () => {
  const answer = await fetch("/admin/session", { method: "POST", redirect: "error" });
  const later = await answer.json();
  // A session does not last longer than a day at work, whoever asks.
  stay.hidden = later - Date.now() <= WARNED;
  ends = later;
  notice.hidden = !stay.hidden;
  watch();
});
watch();

function keep(form) {
  const waiting = new URLSearchParams([["path", new URL(form.action).pathname]]);
  for (const [name, value] of new FormData(form)) {
    waiting.append(`waits.${name}`, value);
  }
  return fetch("/admin/unsent", { method: "POST", body: waiting, keepalive: true }).catch(() => {});
}

document.querySelectorAll("form[data-keeps]").forEach((form) => {
  let soon;
  form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(keep, 2000, form);
  });
  form.addEventListener("submit", () => clearTimeout(soon));
});
