const { createServer } = require('node:http');
const sirv = require('sirv');

const files = sirv('public');
createServer((request, response) => {
  if (request.url === '/fail') console.error(new Error('no database'));
  files(request, response);
}).listen(process.env.PORT);
