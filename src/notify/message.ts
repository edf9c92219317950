// Encodes a state as the text of one datagram. Pure: the senders only transport it.
import { SystemdError } from '../errors.ts';
import { encodeState, type NotifyState } from './state.ts';
import { encodeStatus } from './status-text.ts';

/** The manager reads into a buffer of PIPE_BUF bytes, and silently drops a longer message. */
export const MESSAGE_MAX = 4096;
const STATUS = 'STATUS=';

/**
 * The lines in the order of the state's keys, then STATUS, cut to the remaining space.
 *
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`; the message names the key.
 * @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE`; the message contains the size.
 */
export function encodeMessage(state: NotifyState): string {
  const { lines, status } = encodeState(state);
  return status === undefined ? withoutStatus(lines) : withStatus(lines, status);
}

function withoutStatus(lines: string): string {
  const message = lines.slice(0, -1);
  // A UTF-16 unit takes at most three bytes, so short messages need no byte count.
  if (message.length * 3 > MESSAGE_MAX && Buffer.byteLength(message) > MESSAGE_MAX) throw tooLarge(message);
  return message;
}

function withStatus(lines: string, status: string): string {
  const start = lines + STATUS;
  const text = encodeStatus(status, MESSAGE_MAX - (lines === '' ? STATUS.length : Buffer.byteLength(start)));
  if (text === undefined) throw tooLarge(start);
  return start + text;
}

function tooLarge(message: string): SystemdError {
  return new SystemdError(
    'SD_ERR_MESSAGE_TOO_LARGE',
    `the message to the service manager has ${Buffer.byteLength(message)} bytes, of which it reads ${MESSAGE_MAX}`,
  );
}
