// Says what is wrong with redirect URIs while they are typed. The server decides; this only says so earlier, by the rules
// of src/protocol/redirect_uri.rs, in their order and in their words. A test types the same URIs into both.

const field = document.getElementById("redirect_uris");
const findings = document.createElement("ul");
findings.className = "findings";
findings.setAttribute("aria-live", "polite");
field.after(findings);

const LONGEST = 2000;
const OURS = ["code", "state", "iss", "error", "error_description", "error_uri", "response", "session_state"];
const PLAIN = "write an absolute URI in its plain form, such as https://app.example/callback";

function problem(text, type) {
  if (new Blob([text]).size > LONGEST) return `a URI may have at most ${LONGEST} characters`;
  if (text.includes("*")) return "wildcards (*) are not supported: register each URI in full";
  if (!/^[!-~]+$/.test(text) || text.includes("\\") || !URL.canParse(text)) return PLAIN;

  const url = new URL(text);
  if (text.includes("#")) return "remove the fragment (#…)";
  if (url.username || url.password || authority(text).includes("@")) return "remove the user name before the host (…@)";
  const isPlain = url.href === text || (url.href === `${text}/` && url.pathname === "/");
  if (!isPlain) return PLAIN;

  const ours = OURS.find((name) => url.searchParams.has(name));
  if (ours) return `remove the query parameter ${ours}: the answer itself uses that name`;
  if (url.protocol === "https:") return null;
  if (url.protocol === "http:") {
    return isLoopback(url) ? null : "use https; http is only for this machine: 127.0.0.1, [::1] or localhost";
  }
  if (!url.protocol.includes(".") || (text.includes("://") && !url.host)) {
    return "use https, or for a native app a private scheme that reverses your domain, such as com.example.app:/callback";
  }
  // Until a type is chosen, it may be one that can have this.
  return ["native", ""].includes(type) ? null : "only a native client can use a private scheme";
}

const authority = (text) => text.split("://")[1]?.split(/[/?#]/)[0] ?? "";

const isLoopback = ({ hostname }) => /^(localhost|\[::1\]|127(\.\d+){3})$/.test(hostname);

function check() {
  const type = document.querySelector("input[name=type]:checked")?.value ?? field.form.dataset.type;
  const items = field.value.split("\n").flatMap((line, index) => {
    const text = line.trim();
    const wrong = text && problem(text, type);
    if (!wrong) return [];
    const item = document.createElement("li");
    item.textContent = `Line ${index + 1}: ${wrong}.`;
    return [item];
  });
  findings.replaceChildren(...items);
}

field.form.addEventListener("input", check);
