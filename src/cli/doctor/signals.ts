// Names of signals by number: the same on all Linux architectures that Node supports.
import { constants } from 'node:os';

// The first name wins: some signals have a second one, such as SIGIOT.
const NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** For example `SIGKILL` for 9. */
export function signalName(number: number): string {
  return NAMES.get(number) ?? `signal ${number}`;
}
