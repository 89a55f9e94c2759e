// node's http client against server.js, over one connection that is kept.
'use strict';
const assert = require('assert');
const http = require('http');

const agent = new http.Agent({keepAlive: true, maxSockets: 1});
const port = Number(process.argv[2]);

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = {host: '127.0.0.1', port, method, path, agent};
    if (body) options.headers = {'Content-Type': 'application/json'};
    const request = http.request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part) => text += part);
      response.on('end', () => resolve([response.statusCode, text]));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function main() {
  assert.deepStrictEqual(await call('GET', '/chunks'), [200, 'first second\n']);
  assert.deepStrictEqual(await call('GET', '/length'), [200, 'a body of known length\n']);
  assert.deepStrictEqual(await call('DELETE', '/missing'), [404, '']);
  assert.deepStrictEqual(await call('POST', '/echo', '{"n":1}'), [200, '{"n":1}']);
  agent.destroy();
}
main();
