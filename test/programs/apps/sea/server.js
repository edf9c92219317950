const { createServer } = require('node:http');
const { isSea } = require('node:sea');

createServer((request, response) => {
  if (request.url === '/fail') console.error(new Error('no database'));
  response.end(`an executable: ${isSea()}\n`);
}).listen(3007);
