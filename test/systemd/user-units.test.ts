// Services of a user's own manager: `systemctl --user`, as an account without privileges.
import { beforeAll, expect, test } from 'vitest';
import { describeOnSystemd } from './on-systemd.ts';
import { copyPackage, PACKAGE } from './service.ts';

/** `daemon`, which each Debian has. */
const ID = '1';
const HOME = '/srv/home';
const RUNTIME = `/run/user/${ID}`;
const MANAGER_UNIT = `user@${ID}.service`;
// What user@.service does, but for PAM and logind, which need a bus that these machines do not have.
const MANAGER = `[Service]
Type=notify
Slice=user-${ID}.slice
User=daemon
RuntimeDirectory=user/${ID}
Environment=XDG_RUNTIME_DIR=${RUNTIME} HOME=${HOME}
ExecStart=/usr/lib/systemd/systemd --user
Delegate=yes
KillMode=mixed
`;

const SERVICE = `[Service]
Type=notify
ExecStart=${process.execPath} %h/notes/server.mjs
WatchdogSec=30
`;
const SOCKET = `[Socket]
ListenStream=%t/notes.sock
FileDescriptorName=web
`;
const SERVER = `
import { createServer } from 'node:net';
import { drain, listen, service } from '${PACKAGE}/dist/index.js';
const server = createServer((socket) => socket.end('hello ' + process.getuid()));
await service({
  start: async ({ log }) => {
    await listen(server, { name: 'web' });
    log.info('here', { watchdogUsec: process.env.WATCHDOG_USEC });
  },
  stop: () => drain(server),
});`;
const ASK = `require('node:net').connect('${RUNTIME}/notes.sock').pipe(process.stdout)`;

/** An account without a session. */
const LENA = { name: 'lena', id: '54321', home: '/srv/lena', runtime: '/run/user/54321' } as const;
const ACCOUNT = `echo "lena:x:54321:54321::/srv/lena:/bin/sh" >>/etc/passwd && echo "lena:x:54321:" >>/etc/group`;
// These machines have no module of PAM that sets it.
const WITHOUT_PAM = '[Service]\nPAMName=\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n';
const LINGERING = `[Service]
Type=notify
ExecStart=${process.execPath} %h/notes/server.mjs

[Install]
WantedBy=default.target
`;
/** Like a boot: all processes of the user end first, and then logind starts the managers of lingering users. */
const BOOT = `systemctl stop systemd-logind user@54321.service user-runtime-dir@54321.service &&
  rm -rf /run/systemd/users && systemctl start systemd-logind`;

describeOnSystemd(['host', 'trixie', 'sid'], 'a unit of a user', (machine) => {
  const asUser = async (command: string, ...args: string[]): Promise<string> => {
    const identity = [`--reuid=${ID}`, `--regid=${ID}`, '--clear-groups'];
    const all = [...identity, 'env', `XDG_RUNTIME_DIR=${RUNTIME}`, `HOME=${HOME}`, command, ...args];
    return (await machine().exec('setpriv', all, { check: true })).stdout.trim();
  };
  const show = (property: string) => asUser('systemctl', '--user', 'show', '--value', `-p${property}`, 'notes.service');

  beforeAll(async () => {
    await copyPackage(machine());
    await machine().write(`${HOME}/.config/systemd/user/notes.service`, SERVICE);
    await machine().write(`${HOME}/.config/systemd/user/notes.socket`, SOCKET);
    await machine().write(`${HOME}/notes/server.mjs`, SERVER);
    await machine().exec('chown', ['-R', `${ID}:${ID}`, HOME], { check: true });
    await machine().install({ [MANAGER_UNIT]: MANAGER });
    await machine().start(MANAGER_UNIT);
  });

  test('is started by its socket, says READY and STATUS, logs under its name, and stops cleanly', async () => {
    await asUser('systemctl', '--user', 'start', 'notes.socket');
    expect(await asUser(process.execPath, '-e', ASK)).toBe(`hello ${ID}`);
    expect(await show('ActiveState')).toBe('active');
    expect(await show('StatusText')).toBe(`listens on ${RUNTIME}/notes.sock (web)`);
    expect(await show('WatchdogTimestampMonotonic')).not.toBe('0');
    const [entry] = await machine().journal('_SYSTEMD_USER_UNIT=notes.service', '--grep=^here$');
    expect(entry).toMatchObject({ SYSLOG_IDENTIFIER: 'notes', WATCHDOG_USEC: '30000000', _UID: ID });
    await asUser('systemctl', '--user', 'stop', 'notes.socket', 'notes.service');
    expect(await show('Result')).toBe('success');
  });

  test('of a user that lingers, it starts at boot, without a login, and finds its program by %h', async () => {
    const asLena = async (...args: string[]): Promise<string> => {
      const identity = [`--reuid=${LENA.id}`, `--regid=${LENA.id}`, '--clear-groups'];
      const all = [...identity, 'env', `XDG_RUNTIME_DIR=${LENA.runtime}`, `HOME=${LENA.home}`, ...args];
      return (await machine().exec('setpriv', all, { check: true })).stdout.trim();
    };
    const untilActive = async (): Promise<string> =>
      await machine().waitFor(async () => {
        const asked = asLena('systemctl', '--user', 'show', '-pActiveState,MainPID', '--value', 'notes.service');
        const [pid = '', state] = (await asked.catch(() => '')).split('\n').toSorted();
        return state === 'active' ? pid : undefined;
      });
    await machine().write(`${LENA.home}/.config/systemd/user/notes.service`, LINGERING);
    await machine().write(`${LENA.home}/notes/server.mjs`, SERVER.replace(`'web' }`, `'web', fallback: 7070 }`));
    await machine().exec('sh', ['-c', `${ACCOUNT} && chown -R lena: ${LENA.home}`], { check: true });
    await machine().install({ 'user@.service.d/without-pam.conf': WITHOUT_PAM });
    await machine().systemctl('start', 'dbus.socket', 'systemd-logind.service');
    await machine().exec('loginctl', ['enable-linger', LENA.name], { check: true });
    await machine().waitForProperty(`user@${LENA.id}.service`, 'ActiveState', 'active');
    await asLena('systemctl', '--user', 'enable', '--now', 'notes.service');
    const first = await untilActive();
    await machine().exec('sh', ['-c', BOOT], { check: true });
    expect(await untilActive()).not.toBe(first);
    expect((await machine().exec('loginctl', ['list-sessions', '--no-legend'])).stdout).toBe('');
    const entries = await machine().journal('_SYSTEMD_USER_UNIT=notes.service', `_UID=${LENA.id}`, '--grep=^here$');
    expect(entries).toHaveLength(2);
  });
});
