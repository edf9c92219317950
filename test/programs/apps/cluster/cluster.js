const cluster = require('node:cluster');
const { createServer } = require('node:http');

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
} else {
  createServer((request, response) => {
    if (request.url === '/fail') console.error(new Error('no database'));
    response.end('hello\n');
  }).listen(3006);
}
