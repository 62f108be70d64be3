// How long Chromium takes to paint something of each page: first_paint.mjs URL COOKIES ROUNDS, paths by standard input as JSON.
// Prints the median of each in milliseconds, in their order. COOKIES: name and value pairs as JSON.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(new URL('../tests/browser/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [url, cookies, rounds] = process.argv.slice(2);
const paths = JSON.parse(readFileSync(0, 'utf8'));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
// Chromium sends cookies that are for TLS alone to its own machine too.
const home = url.replace('http:', 'https:');
await context.addCookies(Object.entries(JSON.parse(cookies)).map(([name, value]) => ({ name, value, url: home, secure: true })));
const page = await context.newPage();

const paint = () =>
  new Promise((resolve) => {
    new PerformanceObserver((list, observer) => {
      for (const entry of list.getEntriesByName('first-contentful-paint')) {
        observer.disconnect();
        resolve(entry.startTime);
      }
    }).observe({ type: 'paint', buffered: true });
  });

await page.goto(url + paths[0]); // what every page shares is in the browser's memory from then on, as at work
const medians = [];
for (const path of paths) {
  const took = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    await page.goto(url + path);
    took.push(await page.evaluate(paint));
  }
  medians.push(took.sort((one, other) => one - other)[Math.floor(took.length / 2)]);
}
await browser.close();
console.log(JSON.stringify(medians));
