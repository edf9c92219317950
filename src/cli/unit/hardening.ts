// What a service in Node can do without. systemd.exec(5); `systemd-analyze security` says what is left.

/**
 * MemoryDenyWriteExecute= is not among them and must never be: V8 writes the code that it runs. @pkey is what V8 guards that
 * code with and is not in @system-service. AF_UNIX is the way to systemd and its journal, and os.networkInterfaces() asks by AF_NETLINK. What is refused answers with EPERM
 * as a kernel would, since Node tries some calls that it can do without. PrivateTmp= to RestrictSUIDSGID= go without saying
 * with DynamicUser=, and are here for User=.
 */
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
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service @pkey',
  'SystemCallFilter=~@privileged',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
];

/** What the service manager of a user, which has no privileges, can set up everywhere. */
export const USER_HARDENING: readonly string[] = [
  'LockPersonality=yes',
  'NoNewPrivileges=yes',
  'RestrictSUIDSGID=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'RestrictNamespaces=yes',
  'RestrictRealtime=yes',
  'SystemCallArchitectures=native',
  'SystemCallFilter=@system-service @pkey',
  'SystemCallFilter=~@privileged',
  'SystemCallErrorNumber=EPERM',
  'UMask=0077',
];
