// The three things that $MEMORY_PRESSURE_WATCH can name: a file of the kernel that polls with POLLPRI, a pipe or device
// that becomes readable, and a unix socket to connect to.
import { closeSync, constants, openSync, readSync, statSync, writeSync } from 'node:fs';
import type { PressureWatch } from '../environment/pressure.ts';
import { SyscallError } from '../errors.ts';
import { type Native, native, POLLERR, POLLIN, POLLPRI } from '../native.ts';

type Close = () => void;

/**
 * How often a file is looked at, in milliseconds. The kernel keeps an event until somebody polls (psi_trigger_poll), so
 * that none is missed, and looks for pressure ten times in its window of two seconds itself. A look is a poll(2) that
 * does not wait: it takes one microsecond, where a wait in the thread pool would take one of its four threads for the
 * life of the service and keep the process from ending.
 */
const LOOK_MS = 200;
const DISCARD_BYTES = 4096;

/** The kernel was built without it, or it is switched off (psi=0). */
const UNSUPPORTED = new Set(['EOPNOTSUPP', 'ENOTSUP', 'ENOSYS', 'ENODEV', 'ENXIO']);

/** Undefined where there is nothing to be told. */
export function watchPressure(watch: PressureWatch, tell: () => void): Close | undefined {
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

function watchPath(path: string, write: Buffer, tell: () => void): Close | undefined {
  const status = statSync(path);
  if (status.isSocket()) return watchSocket(path, write, tell);
  const addon = native();
  const fd = openUnlessUnsupported(path, write.length > 0 ? constants.O_RDWR : constants.O_RDONLY);
  if (fd === undefined) return undefined;
  if (!configure(fd, write)) {
    closeSync(fd);
    return undefined;
  }
  // The first reader of a pipe gets the data, and that can be this process.
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

/** What cannot be configured, cannot be watched: a kernel without pressure, or a limit that this process must not set. */
function configure(fd: number, write: Buffer): boolean {
  try {
    if (write.length > 0) writeSync(fd, write);
    return true;
  } catch {
    return false;
  }
}

function look(addon: Native, fd: number, event: number, tell: () => void): Close {
  let open = true;
  const close = (): void => {
    clearInterval(timer);
    if (open) closeSync(fd);
    open = false;
  };
  const timer = setInterval(() => {
    const events = addon.pollSync(fd, event, 0);
    // The cgroup was removed: that would be told at every look.
    if (events < 0 || (events & POLLERR) !== 0) close();
    else if ((events & event) !== 0) tell();
  }, LOOK_MS).unref();
  return close;
}

/** Empties the pipe, and tells whether there was anything in it that we had not written ourselves. */
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

function watchSocket(path: string, write: Buffer, tell: () => void): Close {
  // Few services use a socket: only they load the module.
  const { connect } = process.getBuiltinModule('node:net');
  const socket = connect(path, () => {
    if (write.length > 0) socket.write(write);
  });
  socket.on('data', tell).unref();
  // The other end has closed: there are no more events, and the service continues without them.
  socket.on('error', () => socket.destroy());
  return () => socket.destroy();
}

function asSyscallError(error: unknown, path: string): unknown {
  const { code, errno, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || errno === undefined || syscall === undefined) return error;
  return new SyscallError('cannot watch the memory pressure', { code, errno, syscall, path });
}
