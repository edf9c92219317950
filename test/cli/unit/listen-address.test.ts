import { expect, test } from 'vitest';
import { parseListen } from '../../../src/cli/unit/listen-address.ts';
import { UsageError } from '../../../src/cli/unit/usage.ts';

test.each([
  ['8080', '', 'ListenStream', '8080'],
  ['web=8080', 'web', 'ListenStream', '8080'],
  ['127.0.0.1:8080', '', 'ListenStream', '127.0.0.1:8080'],
  ['[::1]:8080', '', 'ListenStream', '[::1]:8080'],
  ['admin=[::]:1', 'admin', 'ListenStream', '[::]:1'],
  ['/run/app.sock', '', 'ListenStream', '/run/app.sock'],
  ['/run/a=b.sock', '', 'ListenStream', '/run/a=b.sock'],
  ['x=/run/100%.sock', 'x', 'ListenStream', '/run/100%%.sock'],
  ['@app', '', 'ListenStream', '@app'],
  ['udp:5353', '', 'ListenDatagram', '5353'],
  ['log=udp:/run/log.sock', 'log', 'ListenDatagram', '/run/log.sock'],
])('%s', (text, name, setting, value) => {
  expect(parseListen(text)).toEqual({ name, setting, value });
});

test.each([
  '',
  'web=',
  '=8080',
  '0',
  '65536',
  '-1',
  '80a',
  'localhost:80',
  '::1:80',
  '1.2.3:80',
  '1.2.3.4.5:80',
  '[::1]',
  '[::1%eth0]:80',
  '[1.2.3.4]:80',
  ':80',
  'tcp:80',
  'we b=80',
  'wéb=80',
  '/',
  '@',
  `/${'x'.repeat(107)}`,
  '/run/x\nListenStream=1',
  '/run/x ',
  '/run/x\\',
])('%j is refused by its flag', (text) => {
  expect(() => parseListen(text)).toThrow(UsageError);
  expect(() => parseListen(text)).toThrow(/^--listen /);
});
