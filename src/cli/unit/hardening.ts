// The hardening that a Node service tolerates. systemd.exec(5); `systemd-analyze security` shows what remains.

/**
 * What both lists end with. MemoryDenyWriteExecute= must never be added: V8 writes the code that it runs. @pkey is needed
 * because V8 protects that code with it, and @system-service does not contain it. AF_UNIX is the way to systemd and its
 * journal, and os.networkInterfaces() uses AF_NETLINK. Refused system calls return EPERM, because Node tries some that
 * are optional.
 */
const COMMON: readonly string[] = [
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service @pkey',
  'SystemCallFilter=~@privileged',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
];

/** For the system's manager. DynamicUser= implies PrivateTmp= to RestrictSUIDSGID=; they are listed for User=. */
export const HARDENING: readonly string[] = [
  'CapabilityBoundingSet=',
  'LockPersonality=yes',
  'NoNewPrivileges=yes',
  'PrivateDevices=yes',
  'PrivateMounts=yes',
  'PrivateTmp=yes',
  'ProtectSystem=strict',
  'RemoveIPC=yes',
  'RestrictSUIDSGID=yes',
  'ProtectClock=yes',
  'ProtectControlGroups=yes',
  'ProtectHostname=yes',
  'ProtectKernelLogs=yes',
  'ProtectKernelModules=yes',
  'ProtectKernelTunables=yes',
  'ProtectProc=invisible',
  ...COMMON,
];

/** The settings that a user's service manager, which has no privileges, supports everywhere. */
export const USER_HARDENING: readonly string[] = [
  'LockPersonality=yes',
  'NoNewPrivileges=yes',
  'RestrictSUIDSGID=yes',
  ...COMMON,
];

/** What ProtectHome= hides. */
export const HOMES: readonly string[] = ['/home', '/root', '/run/user'];

export function isHome(place: string): boolean {
  return HOMES.includes(place);
}
