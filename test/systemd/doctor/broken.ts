// Set-ups with one fault each, which readyd doctor must find.
import { PACKAGE, STAY } from '../service.ts';
import { ACTIVE, FAILED, INACTIVE, READY, type SetUp, STARTING } from './set-up.ts';

/** A line that the program writes before its end. */
export const LAST_WORDS = 'all went well until here';
const SPEAK = `console.log('${LAST_WORDS}');\n`;

const SERVER = `import { createServer } from 'node:http';\nconst server = createServer((_, response) => response.end());\n`;

/** The unit, or a file that it needs, does not exist. */
const UNIT: Record<string, SetUp> = {
  masked: { alone: true, until: ACTIVE, act: 'ln -sf /dev/null /run/systemd/system/UNIT && systemctl daemon-reload' },
  'no-exec-start': { exec: '', until: ['LoadState', /^bad-setting$/] },
  'bad-exec-start': { exec: '"unfinished', until: ['LoadState', /^bad-setting$/] },
  changed: { alone: true, until: ACTIVE, act: 'touch -d "+2 seconds" /run/systemd/system/UNIT' },
  template: { until: ACTIVE, ask: 'app@' },
  'not-there': { until: ACTIVE, ask: 'nothing-of-that-name' },
  condition: { unit: 'ConditionPathExists=/nowhere', until: INACTIVE },
  'exec-condition': { service: "ExecCondition=/bin/sh -c 'exit 1'", until: INACTIVE },
  assertion: { unit: 'AssertPathExists=/nowhere', until: INACTIVE },
  'unknown-setting': { service: 'Typ=notify\nEnviroment=A=b', until: ACTIVE },
  'unquoted-environment': { service: 'Environment=MODE=one two', until: ACTIVE },
  'dependency-failed': {
    unit: 'Requires=needed.service\nAfter=needed.service',
    files: { 'needed.service': '[Service]\nType=exec\nExecStart=/nowhere/needed\n' },
    until: INACTIVE,
    finds: 'dependency-failed',
  },
  'dependency-missing': { unit: 'Requires=absent.service', until: INACTIVE },
  'environment-file': { service: 'EnvironmentFile=/etc/absent', until: FAILED },
};

/** systemd cannot start the program. */
const STEPS: Record<string, SetUp> = {
  'no-such-program': { exec: '/opt/nowhere/node SCRIPT', until: FAILED },
  'no-such-command': { service: 'ExecStartPre=/nowhere/prepare', until: FAILED },
  'not-executable': { exec: '/srv/plain.sh', files: { '/srv/plain.sh': '#!/bin/sh\n' }, until: FAILED },
  'no-interpreter': {
    exec: '/srv/other.js',
    files: { '/srv/other.js': '#!/nowhere/node\n' },
    unit: 'After=modes.service\nRequires=modes.service',
    until: FAILED,
  },
  'not-a-program': {
    exec: '/srv/none.js',
    files: {
      '/srv/none.js': 'console.log(1)\n',
      'modes.service': '[Service]\nType=oneshot\nExecStart=/bin/chmod +x /srv/none.js /srv/other.js\n',
    },
    unit: 'After=modes.service\nRequires=modes.service',
    until: FAILED,
  },
  'folder-as-program': { exec: '/srv', until: FAILED },
  'shell-command': { exec: 'cd /srv && NODE SCRIPT', until: FAILED },
  'command-not-installed': { exec: 'sudo-of-another-day -u nobody NODE SCRIPT', until: FAILED },
  'no-exec-path': { service: 'NoExecPaths=NODE', until: FAILED },
  'no-folder': { service: 'WorkingDirectory=/srv/nowhere', until: FAILED },
  'closed-folder': { service: 'User=nobody\nWorkingDirectory=/root', until: FAILED },
  'folder-in-home': {
    files: { '/home/apart/notes': '' },
    service: 'ProtectHome=yes\nWorkingDirectory=/home/apart',
    until: FAILED,
  },
  'no-user': { service: 'User=nobody-of-that-name', until: FAILED },
  'no-group': { service: 'Group=nobody-of-that-name', until: FAILED },
  'no-more-groups': { service: 'SupplementaryGroups=nobody-of-that-name', until: FAILED },
  'no-path': { service: 'ReadWritePaths=/srv/nowhere', until: FAILED },
  'no-credential': { service: 'LoadCredential=token:/etc/absent', until: FAILED },
  'no-output': { service: 'StandardOutput=append:/nowhere/log', until: FAILED },
  'no-state': {
    service: 'StateDirectory=no-state',
    files: { '/var/lib/no-state': '' },
    until: FAILED,
  },
};

/** Another command of the unit fails. */
const COMMANDS: Record<string, SetUp> = {
  'start-pre': { service: "ExecStartPre=/bin/sh -c 'echo no database >&2; exit 3'", until: FAILED },
  'start-pre-slow': { service: 'ExecStartPre=/bin/sleep 100\nTimeoutStartSec=1', until: FAILED },
  'start-pre-runs': { service: 'ExecStartPre=/bin/sleep 100000', until: ['SubState', /^start-pre$/] },
  'start-post': { service: "ExecStartPost=/bin/sh -c 'exit 4'", until: FAILED },
  'start-post-slow': { service: 'ExecStartPost=/bin/sleep 100\nTimeoutStartSec=8', until: FAILED },
  'reload-fails': {
    service: "ExecReload=/bin/sh -c 'exit 5'",
    until: ACTIVE,
    act: 'systemctl reload UNIT',
  },
  'stop-fails': {
    service: "ExecStop=/bin/sh -c 'exit 6'",
    until: ACTIVE,
    act: 'systemctl stop UNIT',
    thenUntil: FAILED,
  },
  'stop-post-fails': {
    service: "ExecStopPost=/bin/sh -c 'exit 7'",
    until: ACTIVE,
    act: 'systemctl stop UNIT',
    thenUntil: FAILED,
  },
};

/** The program fails with its own error. */
const ERRORS: Record<string, SetUp> = {
  throws: { script: `throw new Error('no configuration');`, until: FAILED },
  'throws-behind-env': {
    exec: '/usr/bin/env MODE=x NODE SCRIPT',
    script: `throw new Error('no configuration');`,
    until: FAILED,
  },
  'throws-behind-nice': { exec: '/usr/bin/nice -n 5 NODE SCRIPT', script: `throw new TypeError('no');`, until: FAILED },
  'throws-later': {
    script: `await readyd.ready();\nsetTimeout(() => { throw new RangeError('out of it'); }, 50);`,
    until: FAILED,
  },
  'throws-in-a-namespace': { script: `throw new Error('elsewhere');`, service: 'LogNamespace=apart', until: FAILED },
  'throws-beside-names': {
    script: `readyd.fdStore; readyd.watchdog;\nfunction watchdog() {}\nwatchdog();\nthrow new Error('the true cause');`,
    until: FAILED,
  },
  'throws-in-service': {
    script: `await readyd.service({ start() { throw new Error('no database'); } });`,
    until: FAILED,
  },
  rejects: { script: `Promise.reject('only text');\n${STAY}`, until: FAILED },
  'syntax-error': { exec: 'NODE /srv/syntax.mjs', files: { '/srv/syntax.mjs': 'const = 1;\n' }, until: FAILED },
  'no-script': { exec: 'NODE /srv/absent.mjs', until: FAILED },
  'script-in-closed-folder': {
    exec: 'NODE /run/credstore/app.mjs',
    files: { '/run/credstore/app.mjs': '' },
    service: 'User=nobody\nExecStartPre=+/bin/chmod 700 /run/credstore',
    until: FAILED,
  },
  'script-in-home': {
    exec: 'NODE /home/app/app.mjs',
    files: { '/home/app/app.mjs': '' },
    service: 'ProtectHome=yes',
    until: FAILED,
  },
  'script-without-folder': { exec: 'NODE app-of-another-day.mjs', until: FAILED },
  'folder-as-script': { exec: 'NODE /srv', until: FAILED },
  'no-file': { script: `await import('/srv/helper-of-another-day.mjs');`, until: FAILED },
  'no-file-in-folder': { script: `import fs from 'node:fs';\nfs.readFileSync('config.json');`, until: FAILED },
  'no-command': {
    script: `import { execFileSync } from 'node:child_process';\nexecFileSync('ffmpeg-of-another-day');`,
    until: FAILED,
  },
  'throws-nothing': { script: 'throw null;', until: FAILED },
  'throws-json': {
    script: `console.log(JSON.stringify({ level: 60, msg: 'no start', err: { message: 'no database' } }));\nprocess.exit(1);`,
    until: FAILED,
  },
  refused: { script: `import net from 'node:net';\nnet.connect(7109, '127.0.0.1');`, until: FAILED },
  'fetch-fails': { script: `await fetch('http://127.0.0.1:7109/');`, until: FAILED },
  'disk-full': { script: `import fs from 'node:fs';\nfs.writeFileSync('/dev/full', 'x');`, until: FAILED },
  'job-fails': {
    service: 'Type=oneshot',
    script: `throw new Error('no data');`,
    until: FAILED,
    ask: 'job-fails.timer',
  },
  'no-package': { script: `await import('express-of-another-day');`, until: FAILED },
  'no-option': { exec: 'NODE --of-another-day SCRIPT', until: FAILED },
  'wrong-module': { exec: 'NODE /srv/wrong.mjs', files: { '/srv/wrong.mjs': `require('fs');\n` }, until: FAILED },
  'port-taken': {
    script: `${SERVER}server.listen(7101, '127.0.0.1');`,
    unit: 'After=holder.service\nRequires=holder.service',
    files: {
      '/srv/holder.mjs': `import net from 'node:net';\nnet.createServer().listen(7101, '127.0.0.1', () => readyd.ready());\n`,
      'holder.service': `[Service]\nType=exec\nExecStartPost=/bin/sleep 1\nExecStart=NODE -e "require('net').createServer().listen(7101, '127.0.0.1')"\n`,
    },
    until: FAILED,
  },
  'own-port': {
    script: `${SERVER}server.listen(7102, '127.0.0.1');`,
    files: { 'own-port.socket': '[Socket]\nListenStream=127.0.0.1:7102\nFileDescriptorName=web\n' },
    before: ['own-port.socket'],
    until: FAILED,
  },
  'low-port': {
    script: `${SERVER}server.listen(81, '127.0.0.1');`,
    service: 'DynamicUser=yes\nCapabilityBoundingSet=',
    until: FAILED,
  },
  'socket-accepts': {
    script: `await readyd.listen((await import('node:net')).createServer(), { name: 'web' });`,
    files: { 'socket-accepts.socket': '[Socket]\nListenStream=127.0.0.1:7110\nAccept=yes\n' },
    until: FAILED,
  },
  'no-such-address': { script: `${SERVER}server.listen(7103, '192.0.2.1');`, until: FAILED },
  'not-readable': {
    script: `import { readFileSync } from 'node:fs';\nreadFileSync('/etc/shadow');`,
    service: 'DynamicUser=yes',
    until: FAILED,
  },
  'not-writable': {
    script: `import { writeFileSync } from 'node:fs';\nwriteFileSync('/srv/data', '');`,
    service: 'ProtectSystem=strict',
    until: FAILED,
  },
  'no-netlink': {
    script: `import os from 'node:os';\nos.networkInterfaces();`,
    service: 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
    until: FAILED,
  },
  'no-socket': {
    script: `await readyd.listen((await import('node:net')).createServer(), { name: 'web' });`,
    until: FAILED,
  },
};

/**
 * What systemd-oomd does: it counts the kill in attributes of the control group, where systemd reads it, and kills all
 * processes. No memory has to run out, and the machines have no memory controller. The number is that of setxattr(2).
 */
const KILL_BY_OOMD = `cd /sys/fs/cgroup/system.slice/UNIT && perl -e '
for my $name (qw(user.oomd_ooms user.oomd_kill)) {
  my ($path, $key, $value) = (".", "$name", "1");
  syscall(${process.arch === 'arm64' ? 5 : 188}, $path, $key, $value, 1, 0) == 0 or die $!;
}' && kill -KILL $(cat cgroup.procs)`;

/** The ways in which a program ends. */
const ENDS: Record<string, SetUp> = {
  exits: { script: 'process.exit(3);', until: FAILED },
  'exits-later': { script: `await readyd.ready();\n${SPEAK}setTimeout(() => process.exit(4), 50);`, until: FAILED },
  'never-settles': { script: 'await new Promise(() => {});', until: FAILED },
  'ends-early': { script: SPEAK, until: FAILED },
  'heap-limit': {
    exec: 'NODE --max-old-space-size=20 SCRIPT',
    script: `${SPEAK}const all = [];\nfor (;;) all.push(new Array(1000).fill(1.5));`,
    until: FAILED,
  },
  'killed-by-hand': {
    script: SPEAK + READY,
    until: ACTIVE,
    act: 'systemctl kill --signal=KILL UNIT',
    thenUntil: FAILED,
  },
  'killed-by-oomd': { script: SPEAK + READY, until: ACTIVE, act: KILL_BY_OOMD, thenUntil: FAILED },
  'killed-early': { script: `${SPEAK}process.kill(process.pid, 'SIGTERM');\n${STAY}`, until: FAILED },
  crashes: { script: `${SPEAK}process.kill(process.pid, 'SIGSEGV');\n${STAY}`, until: FAILED },
  aborts: { script: `await readyd.ready();\n${SPEAK}process.abort();`, until: FAILED },
  'ignores-sigterm': {
    script: `process.on('SIGTERM', () => {});\n${SPEAK}${READY}`,
    service: 'TimeoutStopSec=1',
    until: ACTIVE,
    act: 'systemctl stop UNIT',
    thenUntil: FAILED,
  },
  'stops-with-143': {
    script: `process.on('SIGTERM', () => process.exit(143));\n${READY}`,
    until: ACTIVE,
    act: 'systemctl stop UNIT',
    thenUntil: FAILED,
  },
  'runs-too-long': { script: SPEAK + READY, service: 'RuntimeMaxSec=1', until: FAILED },
  'no-ping': { service: 'WatchdogSec=300ms', until: FAILED },
  blocked: {
    script: `readyd.watchdog();\nawait readyd.ready();\n${SPEAK}for (;;);`,
    service: 'WatchdogSec=400ms',
    until: FAILED,
  },
  'system-call': {
    service: 'SystemCallFilter=@system-service\nSystemCallFilter=~@network-io',
    until: FAILED,
  },
  jit: { service: 'MemoryDenyWriteExecute=yes', until: FAILED },
  'start-limit': {
    script: 'process.exit(3);',
    // Long enough for a slow machine.
    unit: 'StartLimitIntervalSec=1h',
    service: 'Restart=always\nRestartSec=10ms',
    until: FAILED,
  },
  restarts: {
    script: `throw new Error('again');`,
    service: 'Restart=always\nRestartSec=100',
    until: ['SubState', /^auto-restart/],
  },
  'restarted-once': {
    script: `import { existsSync, writeFileSync } from 'node:fs';
if (!existsSync('/run/restarted-once')) { writeFileSync('/run/restarted-once', ''); throw new Error('the first time'); }
${READY}`,
    service: 'Restart=always\nRestartSec=10ms',
    until: ACTIVE,
  },
};

/** The service starts, and never becomes ready. */
const STARTS: Record<string, SetUp> = {
  silent: { script: STAY, until: STARTING, finds: 'ready-not-sent' },
  late: { script: SPEAK + STAY, service: 'TimeoutStartSec=8', until: FAILED },
  forking: { service: 'Type=forking', until: STARTING },
  'no-unix': {
    script: STAY,
    service: 'RestrictAddressFamilies=AF_INET AF_INET6',
    until: STARTING,
  },
  'no-family': { script: STAY, service: 'RestrictAddressFamilies=none', until: STARTING },
  'manager-hidden': {
    script: STAY,
    service: 'InaccessiblePaths=/run/systemd/notify',
    until: STARTING,
    finds: 'socket-hidden',
  },
  shell: { exec: `/bin/sh -c 'NODE SCRIPT; true'`, until: STARTING, finds: 'not-main-process' },
  'shell-late': { exec: `/bin/sh -c 'NODE SCRIPT; true'`, service: 'TimeoutStartSec=8', until: FAILED },
  'preload-not-found': {
    exec: 'NODE --require /usr/lib/node_modules/readyd/dist/auto.cjs SCRIPT',
    until: FAILED,
  },
  'auto-not-ready': {
    exec: `NODE --require ${PACKAGE}/dist/auto.cjs /srv/other-port.mjs`,
    files: {
      '/srv/other-port.mjs': `${SERVER}server.listen(7107, '127.0.0.1');\n`,
      'auto-not-ready.socket': '[Socket]\nListenStream=127.0.0.1:7108\nFileDescriptorName=web\n',
    },
    service: 'Sockets=auto-not-ready.socket\nEnvironment=READYD_SOCKETS=web=7108',
    before: ['auto-not-ready.socket'],
    until: ['StatusText', /^nothing listens on web/],
  },
  'no-addon': {
    service: 'Environment=READYD_NATIVE=/etc/hostname',
    exec: 'NODE --no-addons SCRIPT',
    until: FAILED,
  },
};

/** The service runs with a fault. */
const RUNS: Record<string, SetUp> = {
  simple: { service: 'Type=simple', until: ACTIVE },
  'server-as-job': { service: 'Type=oneshot', script: `${SERVER}server.listen(0);`, until: STARTING },
  'shell-accepted': {
    exec: `/bin/sh -c 'NODE SCRIPT; true'`,
    service: 'NotifyAccess=all',
    until: ACTIVE,
  },
  'no-journal': { service: 'StandardOutput=null\nStandardError=null', until: ACTIVE },
  'journal-hidden': { service: 'InaccessiblePaths=/run/systemd/journal', until: ACTIVE },
  unwatched: { script: `readyd.watchdog();\n${READY}`, until: ACTIVE },
  'unwatched-behind-preload': {
    exec: 'NODE --import /srv/preload.mjs SCRIPT',
    files: { '/srv/preload.mjs': '// fdStore watchdog()\n' },
    script: `readyd.watchdog();\n${READY}`,
    until: ACTIVE,
  },
  'unwatched-in-quotes': {
    exec: `NODE "/srv/my program/app.mjs" 'a b'`,
    files: {
      '/srv/my program/app.mjs': `import '/srv/unwatched-in-quotes.mjs'; // watchdog()\n`,
    },
    script: `readyd.watchdog();\n${READY}`,
    until: ACTIVE,
  },
  'no-store': { script: `readyd.fdStore.capacity;\n${READY}`, until: ACTIVE },
  'no-handler': { service: 'ExecReload=/bin/kill -HUP $MAINPID', until: ACTIVE },
  'shell-operators': { exec: 'NODE SCRIPT > /var/log/app.log 2>&1', until: ACTIVE },
  'socket-apart': { files: { 'socket-apart.socket': '[Socket]\nListenStream=127.0.0.1:7104\n' }, until: ACTIVE },
  'socket-taken': {
    service: 'Sockets=socket-taken.socket',
    unit: 'Wants=first.socket',
    files: {
      'first.socket': '[Socket]\nListenStream=127.0.0.1:7105\nService=silent.service\n',
      'socket-taken.socket': '[Socket]\nListenStream=127.0.0.1:7105\n[Unit]\nAfter=first.socket\n',
    },
    before: ['first.socket', 'socket-taken.socket'],
    until: ACTIVE,
  },
  'socket-of-another-name': {
    script: `// listen(server, { name: 'web' })\n${READY}`,
    service: 'Sockets=socket-of-another-name.socket',
    files: { 'socket-of-another-name.socket': '[Socket]\nListenStream=127.0.0.1:7106\nFileDescriptorName=api\n' },
    until: ACTIVE,
  },
  'another-addon': { service: 'Environment=READYD_NATIVE=ROOT/build/Release/readyd.node', until: ACTIVE },
};

export const BROKEN: Readonly<Record<string, SetUp>> = {
  ...UNIT,
  ...STEPS,
  ...COMMANDS,
  ...ERRORS,
  ...ENDS,
  ...STARTS,
  ...RUNS,
};
