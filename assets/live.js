// Watches the audit log: asks every five seconds for what is newer than the first event, and puts it on top. It says how
// many came, and stops when its page says so, or when nobody looks.

const said = document.getElementById("live");
const list = document.querySelector("ol.log");
const EVERY = 5_000;
const MOST = 200;

function read(url) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.responseType = "document";
    request.open("GET", url);
    request.onload = () => (request.status === 200 ? resolve(request) : reject(new Error(`${request.status}`)));
    request.onerror = reject;
    request.send();
  });
}

async function look() {
  const url = new URL(location.href);
  const newest = list.querySelector("li[data-id]")?.dataset.id;
  if (newest) url.searchParams.set("after", newest);
  const { response, responseURL } = await read(url);
  if (new URL(responseURL).pathname !== location.pathname || !response.getElementById("live")) {
    ["after", "live"].forEach((name) => url.searchParams.delete(name));
    location.replace(url);
    return false;
  }
  const rows = [...response.querySelectorAll("ol.log > li[data-id]")];
  if (rows.length > 0) {
    list.prepend(...rows.map((row) => document.adoptNode(row)));
    [...list.children].slice(MOST).forEach((row) => row.remove());
    said.querySelector("[role=status]").textContent = rows.length === 1 ? "1 new event." : `${rows.length} new events.`;
  }
  return true;
}

async function watch() {
  const ended = !document.hidden && (await look().catch(() => true)) === false;
  if (!ended) setTimeout(watch, EVERY);
}
if (said && list) setTimeout(watch, EVERY);
