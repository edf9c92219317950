// A state as the text of one datagram. Pure: the senders are transports.
import { SystemdError } from '../errors.ts';
import { encodeState, type NotifyState } from './state.ts';
import { encodeStatus } from './status-text.ts';

/** The manager reads into a buffer of PIPE_BUF bytes and drops what is longer, silently for the sender. */
export const MESSAGE_MAX = 4096;
const STATUS = 'STATUS=';

/**
 * The lines in the order of the state's keys, and STATUS last: it is cut to the room that the others leave.
 *
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, naming the key.
 * @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE`, with the size.
 */
export function encodeMessage(state: NotifyState): string {
  const { lines, status } = encodeState(state);
  return status === undefined ? withoutStatus(lines) : withStatus(lines, status);
}

function withoutStatus(lines: string): string {
  const message = lines.slice(0, -1);
  // No UTF-16 unit takes more than three bytes: most messages need no count.
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
