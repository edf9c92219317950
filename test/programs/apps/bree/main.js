const { join } = require('node:path');
const Bree = require('bree');

void new Bree({ root: join(__dirname, 'jobs'), jobs: [{ name: 'tick', interval: '1s' }] }).start();
