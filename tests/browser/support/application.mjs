// Somebody's application: a web server of another origin with one empty page for every path.

import { once } from 'node:events';
import { createServer } from 'node:http';

/** Serves the page on a free port of `host`. Returns its origin, and `stop`. */
export async function startApplication(host) {
  const page = '<!DOCTYPE html><html lang="en"><title>An application</title><link rel="icon" href="data:,">';
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { origin: `http://${host}:${server.address().port}`, stop };
}
