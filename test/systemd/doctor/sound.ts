// Set-ups without a fault: the doctor must find nothing.
import { STAY } from '../service.ts';
import { ACTIVE, INACTIVE, READY, type SetUp, STARTING } from './set-up.ts';

export const SOUND: Readonly<Record<string, SetUp>> = {
  'sound-notify': { until: ACTIVE },
  'sound-env': { exec: '/usr/bin/env NODE SCRIPT', until: ACTIVE },
  'sound-nice': { exec: '/usr/bin/nice -n 5 NODE SCRIPT', until: ACTIVE },
  'sound-shell-exec': { exec: `/bin/sh -c 'exec NODE SCRIPT'`, until: ACTIVE },
  'sound-preload': {
    exec: 'NODE --import /srv/sound-setup.mjs SCRIPT',
    files: { '/srv/sound-setup.mjs': '// fdStore watchdog()\n' },
    until: ACTIVE,
  },
  'sound-job': { service: 'Type=oneshot', script: '', until: INACTIVE },
  'sound-long-job': { service: 'Type=oneshot', script: STAY, until: STARTING },
  'sound-job-remains': { service: 'Type=oneshot\nRemainAfterExit=yes', script: '', until: ACTIVE },
  'sound-other-program': { service: 'Type=simple', exec: '/bin/sleep 1000', until: ACTIVE },
  'sound-stopped': { until: ACTIVE, act: 'systemctl stop UNIT' },
  'sound-stopped-watchdog': {
    script: `readyd.watchdog();\n${READY}`,
    service: 'WatchdogSec=30',
    until: ACTIVE,
    act: 'systemctl stop UNIT',
  },
  'sound-exit-status': {
    script: `await readyd.ready();\nprocess.exit(3);`,
    service: 'SuccessExitStatus=3',
    until: INACTIVE,
  },
  'sound-pre-may-fail': { service: `ExecStartPre=-/bin/sh -c 'exit 3'`, until: ACTIVE },
  'sound-environment': { service: 'EnvironmentFile=-/etc/absent\nEnvironment=MODE=x', until: ACTIVE },
  'sound-watchdog': { script: `readyd.watchdog();\n${READY}`, service: 'WatchdogSec=30', until: ACTIVE },
  'sound-store': { script: `readyd.fdStore.capacity;\n${READY}`, service: 'FileDescriptorStoreMax=4', until: ACTIVE },
  'sound-reload': {
    script: `process.on('SIGHUP', () => {});\n${READY}`,
    service: "ExecReload=/bin/sh -c 'kill -HUP $MAINPID'",
    until: ACTIVE,
    act: 'systemctl reload UNIT',
  },
  'sound-socket': {
    files: { 'sound-socket.socket': '[Socket]\nListenStream=127.0.0.1:7201\n' },
    service: 'Sockets=sound-socket.socket',
    until: ACTIVE,
  },
  'sound-socket-by-name': {
    script: `// listen(server, { name: 'web' })\n${READY}`,
    files: { 'sound-socket-by-name.socket': '[Socket]\nListenStream=127.0.0.1:7202\nFileDescriptorName=web\n' },
    service: 'Sockets=sound-socket-by-name.socket',
    until: ACTIVE,
  },
  'sound-dynamic': { service: 'DynamicUser=yes\nProtectSystem=strict\nProtectHome=yes', until: ACTIVE },
  'sound-families': { service: 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK', until: ACTIVE },
  'sound-namespace': { service: 'LogNamespace=sound', until: ACTIVE },
};
