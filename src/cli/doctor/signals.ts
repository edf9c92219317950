// Names of signals by number, as Linux has them on every architecture that Node runs on.
import { constants } from 'node:os';

// Some have a second name, which comes later: SIGIOT.
const NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name]),
);

/** `SIGKILL` of 9. */
export function signalName(number: number): string {
  return NAMES.get(number) ?? `signal ${number}`;
}
