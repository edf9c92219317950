import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNotifySocket } from '../../src/environment/notify-socket.ts';

const path107 = `/${'x'.repeat(106)}`;

describe('$NOTIFY_SOCKET', () => {
  it.each([
    ['/run/systemd/notify', '/run/systemd/notify'],
    ['/run/host/notify', '/run/host/notify'],
    ['@name', '\0name'],
    ['@/a/path', '\0/a/path'],
    [path107, path107],
    [`@${'x'.repeat(106)}`, `\0${'x'.repeat(106)}`],
  ])('%s is a unix address', (text, name) => expect(parseNotifySocket(text)).toEqual({ family: 'unix', name, text }));

  it.each([
    ['vsock:2:1234', 0, 2, 1234],
    ['vsock-dgram:2:1', 2, 2, 1],
    ['vsock-seqpacket:host:4294967294', 5, 2, 4294967294],
    ['vsock-stream:local:0', 1, 1, 0],
    ['vsock:hypervisor:0x10', 0, 0, 16],
  ])('%s is a vsock address', (text, type, cid, port) =>
    expect(parseNotifySocket(text)).toEqual({ family: 'vsock', type, cid, port, text }),
  );

  it.each([
    '',
    '/',
    '@',
    'run/notify',
    'unix:/run/notify',
    `${path107}x`,
    `@${'x'.repeat(107)}`,
    `/${'é'.repeat(54)}`,
    'vsock:',
    'vsock:2',
    'vsock::1234',
    'vsock:any:1234',
    'vsock:-1:1234',
    'vsock:4294967295:1',
    'vsock:4294967296:1',
    'vsock:2:',
    'vsock:2:4294967295',
    'vsock:2:12x',
    'vsock:2:1:3',
    'vsock-raw:2:1',
    ' /run/notify',
    '/run/notify\0',
    '@a\0b',
    'vsock:2:1\0',
  ])('%j is refused', (text) =>
    expect(() => parseNotifySocket(text)).toThrow(
      expect.objectContaining({ code: 'SD_ERR_INVALID_ENV', message: expect.stringContaining('$NOTIFY_SOCKET') }),
    ),
  );

  it('never throws anything else', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `vsock:${text}`),
          fc.string().map((text) => `/${text}`),
        ),
        (text) => {
          try {
            parseNotifySocket(text);
          } catch (error) {
            return error instanceof Error && 'code' in error && error.code === 'SD_ERR_INVALID_ENV';
          }
          return true;
        },
      ),
    ));
});
