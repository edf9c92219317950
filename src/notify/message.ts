// A state as the bytes of one datagram. Pure: the transport is sender.ts.
import { checkObject, checkString } from '../arguments.ts';
import { SystemdError } from '../errors.ts';
import { encodeLines, type NotifyState, STATUS_LINE } from './state.ts';
import { beginning, encodeStatus, isPlain } from './status-text.ts';

/** The manager reads into a buffer of PIPE_BUF bytes and drops what is longer, silently for the sender. */
export const MESSAGE_MAX = 4096;

/**
 * @throws TypeError or RangeError `SD_ERR_INVALID_ARG`, naming the key.
 * @throws SystemdError `SD_ERR_MESSAGE_TOO_LARGE`, with the size.
 */
export function encodeMessage(state: NotifyState): string {
  // Read once, so that what was checked is what is sent; and no more than what the caller wrote, whatever else of the
  // program has put into Object.prototype.
  const own: NotifyState = Object.assign(Object.create(null), checkObject('notify(): the state', state));
  const lines = encodeLines(own);
  if (own.status !== undefined) completeStatus(lines, own.status);
  const message = lines.join('\n');
  // No UTF-16 unit takes more than three bytes: most messages need no count.
  if (message.length * 3 > MESSAGE_MAX && Buffer.byteLength(message) > MESSAGE_MAX) throw tooLarge(message);
  return message;
}

function completeStatus(lines: string[], status: string): void {
  const rest = lines.join('\n');
  const encoded = encodeStatus(status, MESSAGE_MAX - Buffer.byteLength(rest));
  if (encoded === undefined) throw tooLarge(rest);
  lines[lines.indexOf(STATUS_LINE)] = STATUS_LINE + encoded;
}

/** The message of `status()`, without the detour over a state. */
export function encodeStatusMessage(text: unknown): string {
  // Looked at as a whole: V8 puts the pieces of a string together when it is first read, and the addon reads it next.
  const message = STATUS_LINE + beginning(checkString('status(): the text', text));
  if (message.length * 3 <= MESSAGE_MAX && isPlain(message)) return message;
  return STATUS_LINE + (encodeStatus(message.slice(STATUS_LINE.length), MESSAGE_MAX - STATUS_LINE.length) ?? '');
}

function tooLarge(message: string): SystemdError {
  return new SystemdError(
    'SD_ERR_MESSAGE_TOO_LARGE',
    `the message to the service manager has ${Buffer.byteLength(message)} bytes, of which it reads ${MESSAGE_MAX}`,
  );
}
