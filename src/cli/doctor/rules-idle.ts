// Why a service is not started.
import { type Facts, portOf, type Rule, systemctl } from './facts.ts';

/** systemd's last messages about a stopped unit: systemd unloads such a unit, so its properties are empty. */
function lastOf({ messages }: Facts): readonly string[] {
  return messages
    .filter(({ fromManager }) => fromManager)
    .map(({ text }) => text)
    .slice(-2);
}

const CONDITION = /skipped(?: because of an|,) unmet condition check \(?([^()\s]*?)\)?\.?$/;

const condition: Rule = (facts) => {
  const line = lastOf(facts).find((text) => CONDITION.test(text) || /Skipped due to 'exec-condition'/.test(text));
  if (line === undefined) return undefined;
  const check = CONDITION.exec(line)?.[1] ?? `ExecCondition=${commandOf(facts, 'ExecCondition')}`;
  return {
    id: 'condition-not-met',
    severity: 'error',
    what: `systemd did not start the service: ${check} is not met`,
    why: 'a unit whose condition is not met is skipped, and does not count as failed',
    evidence: `systemd: ${line.replace(`${facts.subject}: `, '')}`,
    change: `meet ${check}, or take it out of the unit; then ${systemctl(facts, 'start')}`,
  };
};

function commandOf({ commands }: Facts, setting: string): string {
  return commands.find((one) => one.setting === setting)?.argv.join(' ') ?? '';
}

const assertion: Rule = (facts) => {
  const line = lastOf(facts).find((text) => /Assertion failed for|asserts failed/.test(text));
  if (line === undefined) return undefined;
  const asserts = [...facts.written.matchAll(/^[ \t]*(Assert\w+=.*)$/gm)]
    .map(([, text = '']) => text.trimEnd())
    .join(' and ');
  return {
    id: 'condition-not-met',
    severity: 'error',
    what: `systemd refused to start the service: ${asserts || 'an assertion'} is not met`,
    why: 'every Assert…= of a unit must be met',
    evidence: `systemd: ${line.replace(`${facts.subject}: `, '')}`,
    change: `meet ${asserts || 'it'}, or take it out of the unit; then ${systemctl(facts, 'start')}`,
  };
};

const dependency: Rule = (facts) => {
  const [first] = facts.missing;
  if (first === undefined) return undefined;
  const line = lastOf(facts).find((text) => /Dependency failed for|failed with result 'dependency'/.test(text));
  if (line === undefined && first.state !== 'not-found' && first.state !== 'masked') return undefined;
  const gone = first.state === 'not-found';
  return {
    id: 'dependency-failed',
    severity: 'error',
    what: `${facts.subject} needs ${first.name}, which ${gone ? 'systemd does not know' : `is '${first.state}'`}`,
    why: 'Requires= and BindsTo= start a unit only together with those that they name',
    evidence:
      line === undefined ? `property: Requires=${first.name}` : `systemd: ${line.replace(`${facts.subject}: `, '')}`,
    change: gone ? `install ${first.name}, or take it out of Requires=` : `readyd doctor ${first.name}`,
  };
};

export const socketFailed: Rule = ({ sockets, holders }) => {
  const socket = sockets.find(({ fault }) => fault !== undefined);
  if (socket?.fault === undefined) return undefined;
  const [, address = '', reason = ''] = /^(.*): (.*)$/.exec(socket.fault) ?? [];
  const port = portOf(address);
  const inUse = /in use/.test(reason);
  const holder = holders[port];
  return {
    id: inUse ? 'address-in-use' : 'socket-not-bound',
    severity: 'error',
    what: inUse
      ? `systemd cannot bind ${address} for ${socket.name}: another process listens there`
      : `systemd cannot bind ${address} for ${socket.name}`,
    why: inUse ? whoHas(holder) : reason,
    evidence: `systemd: Failed to create listening socket (${address}): ${reason}`,
    change: inUse
      ? `stop ${holder === undefined || SYSTEMD.test(holder) ? 'that one' : holder}, then systemctl reset-failed ${socket.name} and systemctl start ${socket.name}`
      : `correct the address in ${socket.name}`,
  };
};

const SYSTEMD = /^systemd \(/;

function whoHas(holder: string | undefined): string {
  if (holder === undefined) return 'the process that has it could not be found';
  return SYSTEMD.test(holder) ? 'it is another socket unit: systemctl list-sockets names it' : `it is ${holder}`;
}

export const socketAccepts: Rule = ({ sockets, subject }) => {
  const socket = sockets.find(({ accepts }) => accepts);
  if (socket === undefined || subject.includes('@')) return undefined;
  return {
    id: 'socket-accepts',
    severity: 'error',
    what: `${socket.name} has Accept=yes`,
    why: `systemd then accepts each connection itself, and starts an instance of ${subject.replace('.service', '@.service')} for it`,
    evidence: `property: Accept=yes of ${socket.name}`,
    change: `Accept=no in ${socket.name}, then systemctl daemon-reload and systemctl start ${socket.name}`,
  };
};

export const socketNotStarted: Rule = (facts) => {
  const inactive = facts.sockets
    .filter(({ active, fault, accepts }) => !active && !accepts && fault === undefined)
    .map(({ name }) => name);
  if (inactive.length === 0) return undefined;
  return {
    id: 'socket-not-started',
    severity: 'error',
    what: `${inactive.join(' and ')} is not started`,
    why: `systemd passes only sockets that it listens on, so ${facts.subject} gets none of it`,
    evidence: `property: ActiveState=inactive of ${inactive[0]}`,
    change: `systemctl enable --now ${inactive.join(' ')}, then ${systemctl(facts, 'restart')}`,
  };
};

/** The first matching rule is the cause. */
export const IDLE_RULES: readonly Rule[] = [
  condition,
  assertion,
  dependency,
  socketFailed,
  socketAccepts,
  socketNotStarted,
];
