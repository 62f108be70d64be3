// A proxy that ends TLS in front of the server, as in production: tls.mjs PORT BACKEND_PORT, with key.pem and cert.pem in the
// working directory.

import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:https';

const [port, backend] = process.argv.slice(2);
const certificate = { key: readFileSync('key.pem'), cert: readFileSync('cert.pem') };

createServer(certificate, (incoming, answer) => {
  const { method, url: path, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port: backend, method, path, headers }, (response) => {
    answer.writeHead(response.statusCode, response.rawHeaders);
    response.pipe(answer);
  });
  onward.on('error', () => answer.writeHead(502).end());
  incoming.pipe(onward);
}).listen(port, '127.0.0.1');
