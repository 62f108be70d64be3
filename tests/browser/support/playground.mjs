// The playground's first steps: what a client asks for, and the way to it.

/** Makes the request with these fields and sends the browser to the server. */
export async function beginRun(page, issuer, fields = {}) {
  await page.goto(`${issuer}/playground`);
  for (const [name, value] of Object.entries(fields)) await page.locator(`#start [name=${name}]`).fill(value);
  await page.locator('#start button').click();
  await page.locator('#authorize').click();
}

/** Answers the consent page. */
export const decide = (page, decision) => page.locator(`#consent button[value=${decision}]`).click();

/** Chooses the next step of a run. */
export const next = (page, action) => page.locator(`#next button[value=${action}]`).click();

/** What the page says of the run so far. */
export const steps = (page) => page.locator('main h2').allTextContents();
