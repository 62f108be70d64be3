// Says what is wrong with redirect URIs while they are typed. The server decides by the same rules; this only says so
// earlier. A rule is a sentence and the URIs that break it.

const field = document.getElementById("redirect_uris");
const findings = document.createElement("ul");
findings.className = "findings";
findings.setAttribute("aria-live", "polite");
field.after(findings);

const LOOPBACK = ["127.0.0.1", "[::1]"];
const OURS = ["code", "state", "iss", "error", "error_description", "response"];
const REFUSED = ["javascript:", "data:", "vbscript:", "file:", "blob:", "about:", "ftp:", "ws:", "wss:"];

const isWeb = (url) => url.protocol === "https:" || url.protocol === "http:";
const isNative = (type) => type === "native";

const RULES = [
  ["has a fragment (#). Remove it.", (url) => url.href.includes("#")],
  ["has a user name or password before the host. Remove them.", (url) => url.username || url.password],
  ["has a scheme that browsers must not be sent to.", (url) => REFUSED.includes(url.protocol)],
  ["is not encrypted. Use https, or http for this computer only.",
    (url, type) => url.protocol === "http:" && !LOOPBACK.includes(url.hostname) && (isNative(type) || url.hostname !== "localhost")],
  ["has a scheme that only native apps may have. Use https.", (url, type) => !isWeb(url) && !isNative(type)],
  ["has a scheme that others may claim. Use your domain reversed, as in com.example.app:/callback.",
    (url) => !isWeb(url) && !url.protocol.includes(".")],
  ["has a query parameter that our answer needs: " + OURS.join(", ") + ".",
    (url) => OURS.some((name) => url.searchParams.has(name))],
];

function finding(text, type) {
  if (/[\s\p{Cc}]/u.test(text)) return "has a space or a control character in it. Remove it.";
  if (text.includes("*")) return "has a wildcard (*). Register each URI in full.";
  if (!URL.canParse(text)) return "is not an absolute URI. Begin with https://.";
  return RULES.find(([, breaks]) => breaks(new URL(text), type))?.[0];
}

function check() {
  const type = document.querySelector("input[name=type]:checked")?.value ?? field.form.dataset.type;
  const items = field.value.split(/\r?\n/).flatMap((line, index) => {
    const text = line.trim();
    const wrong = text && finding(text, type);
    if (!wrong) return [];
    const item = document.createElement("li");
    item.textContent = `Line ${index + 1} ${wrong}`;
    return [item];
  });
  findings.replaceChildren(...items);
}

field.form.addEventListener("input", check);
