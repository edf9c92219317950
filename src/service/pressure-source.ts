// The three kinds of file that $MEMORY_PRESSURE_WATCH can name: a kernel file that polls with POLLPRI, a pipe or device
// that becomes readable, and a unix socket to connect to.
import { closeSync, constants, openSync, readSync, statSync, writeSync } from 'node:fs';
import type { PressureWatch } from '../environment/pressure.ts';
import { SyscallError } from '../errors.ts';
import { type Native, native, POLLERR, POLLIN, POLLPRI } from '../native.ts';

type Unwatch = () => void;

/**
 * How often to poll a file, in milliseconds. The kernel keeps an event until it is polled (psi_trigger_poll), so no
 * event is missed, and itself checks ten times per window of two seconds. A poll(2) without waiting takes one
 * microsecond. A wait in the thread pool would occupy one of its four threads for the life of the service and keep the
 * process alive.
 */
const LOOK_MS = 200;
const DISCARD_BYTES = 4096;

/** The kernel was built without pressure information, or it is disabled (psi=0). */
const UNSUPPORTED = new Set(['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'ENODEV', 'ENXIO']);

/** Undefined if there is nothing to watch. */
export function watchPressure(watch: PressureWatch, tell: () => void): Unwatch | undefined {
  for (const path of watch.paths) {
    try {
      const close = watchPath(path, watch.write, tell);
      if (close !== undefined) return close;
    } catch (error) {
      if (!watch.byDefault) throw asSyscallError(error, path);
    }
  }
  return undefined;
}

function watchPath(path: string, write: Buffer, tell: () => void): Unwatch | undefined {
  const status = statSync(path);
  if (status.isSocket()) return watchSocket(path, write, tell);
  const addon = native();
  const fd = openUnlessUnsupported(path, write.length > 0 ? constants.O_RDWR : constants.O_RDONLY);
  if (fd === undefined) return undefined;
  if (!configure(fd, write)) {
    closeSync(fd);
    return undefined;
  }
  // The first reader of a pipe gets the data: this process may be that reader.
  return status.isFile() ? look(addon, fd, POLLPRI, tell) : look(addon, fd, POLLIN, () => discard(fd, write) && tell());
}

function openUnlessUnsupported(path: string, access: number): number | undefined {
  try {
    return openSync(path, access | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (UNSUPPORTED.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/**
 * False if the file cannot be configured: the kernel lacks pressure information, or the process must not set a limit.
 */
function configure(fd: number, write: Buffer): boolean {
  try {
    if (write.length > 0) writeSync(fd, write);
    return true;
  } catch {
    return false;
  }
}

function look(addon: Native, fd: number, event: number, tell: () => void): Unwatch {
  let open = true;
  const close = (): void => {
    clearInterval(timer);
    if (open) closeSync(fd);
    open = false;
  };
  const timer = setInterval(() => {
    const events = addon.pollSync(fd, event, 0);
    // The cgroup was removed: every further poll would report it.
    if (events < 0 || (events & POLLERR) !== 0) close();
    else if ((events & event) !== 0) tell();
  }, LOOK_MS).unref();
  return close;
}

/** Empties the pipe, and returns whether it contained data that this process did not write. */
function discard(fd: number, own: Buffer): boolean {
  const buffer = Buffer.alloc(DISCARD_BYTES);
  let fresh = false;
  try {
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer)) {
      fresh ||= !buffer.subarray(0, size).equals(own);
    }
  } catch {
    // EAGAIN: it is empty.
  }
  return fresh;
}

function watchSocket(path: string, write: Buffer, tell: () => void): Unwatch {
  // Loaded late: few services use a socket.
  const { connect } = process.getBuiltinModule('node:net');
  const socket = connect(path, () => {
    if (write.length > 0) socket.write(write);
  });
  socket.on('data', tell).unref();
  // The peer has closed: no more events will arrive, and the service continues without them.
  socket.on('error', () => socket.destroy());
  return () => socket.destroy();
}

function asSyscallError(error: unknown, path: string): unknown {
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined || syscall === undefined) return error;
  return new SyscallError('cannot watch the memory pressure', { code, errno, syscall, path });
}
