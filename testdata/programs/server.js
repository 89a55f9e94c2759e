// node's http server: a chunked answer, an answer with a length, and an echo of what was posted.
'use strict';
const http = require('http');

const server = http.createServer((request, response) => {
  if (request.method === 'POST') {
    response.writeHead(200, {'Content-Type': request.headers['content-type']});
    request.pipe(response);
  } else if (request.url === '/chunks') {
    response.setHeader('Set-Cookie', ['one=1', 'two=2']);
    response.write('first ');
    setImmediate(() => response.end('second\n'));
  } else if (request.url === '/length') {
    const body = 'a body of known length\n';
    response.writeHead(200, {'Content-Length': Buffer.byteLength(body)});
    response.end(body);
  } else {
    response.writeHead(404);
    response.end();
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
