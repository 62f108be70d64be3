// Forms marked `data-passkey` ("create" or "get") ask the browser for a passkey, by the options in `data-options`, or by
// those that a POST to `data-challenge` gives. The browser's answer goes into their field `credential`, and they are sent.
// They may be hidden until this runs; what in them is marked `data-passkey-button`, `-failed` or `-missing` is shown when
// it is its turn. A form marked `data-conditional` also offers passkeys in the field of the page whose `autocomplete` ends in "webauthn".

const forms = document.querySelectorAll("form[data-passkey]");
let asking = new AbortController();

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

function text(buffer) {
  const base64 = btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function options({ publicKey }) {
  const { challenge, user, allowCredentials, excludeCredentials } = publicKey;
  const withBytes = (item) => ({ ...item, id: bytes(item.id) });
  return {
    ...publicKey,
    challenge: bytes(challenge),
    user: user && withBytes(user),
    allowCredentials: allowCredentials?.map(withBytes),
    excludeCredentials: excludeCredentials?.map(withBytes),
  };
}

function answer({ id, rawId, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const given = parts.filter((name) => response[name]).map((name) => [name, text(response[name])]);
  const sent = { ...Object.fromEntries(given), transports: response.getTransports?.() };
  return JSON.stringify({ id, rawId: text(rawId), type, response: sent });
}

async function challenge({ options, challenge }) {
  return options ? JSON.parse(options) : (await fetch(challenge, { method: "POST" })).json();
}

async function ask(form, mediation) {
  asking.abort();
  asking = new AbortController();
  const publicKey = options(await challenge(form.dataset));
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, mediation, signal: asking.signal });
  form.elements.credential.value = answer(credential);
  HTMLFormElement.prototype.submit.call(form);
}

const show = (form, part, shown = true) => {
  form.querySelectorAll(`[data-passkey-${part}]`).forEach((element) => (element.hidden = !shown));
};

async function offer(form) {
  if (!window.PublicKeyCredential) {
    show(form, "missing");
    return;
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show(form, "failed", false);
    await ask(form).catch(() => show(form, "failed"));
  });
  form.hidden = false;
  show(form, "button");
  if ("conditional" in form.dataset && (await PublicKeyCredential.isConditionalMediationAvailable?.())) {
    await ask(form, "conditional").catch(() => {}); // nobody asked for it, so nobody is told that it ended
  }
}

forms.forEach(offer);
