// The descriptor store of the unit: its descriptors outlive this process and are passed to the next. systemd.service(5)
import { readSync } from 'node:fs';
import { totalmem } from 'node:os';
import { types } from 'node:util';
import { checkBoolean, ownOptions } from '../arguments.ts';
import { socketChannel } from '../channels.ts';
import { readFdStore } from '../environment/fd-store.ts';
import { invalidType, quote, type SyscallError, SystemdError } from '../errors.ts';
import { native, syscallError } from '../native.ts';
import { notify } from '../notify/notify.ts';
import { checkFdName } from '../notify/state.ts';
import { type Criterion, mismatch } from './choose.ts';
import { passedFds } from './claim.ts';
import { exactStatOf, identify } from './inspect.ts';
import { clear, countOthers, enter, forget, otherNameOf } from './ledger.ts';
import type { PassedFd } from './listen-fd.ts';
import { descriptorOf, type Resource } from './resource.ts';

/** How a descriptor is stored. */
export interface PutOptions {
  /**
   * Whether the manager drops the descriptor when the peer hangs up. Default true; false sends FDPOLL=0. systemd 246
   */
  poll?: boolean;
}

/**
 * Descriptors, and small state, that the service manager keeps across a restart of the service. The next run gets them
 * from `listenFds()` by name. The unit needs `FileDescriptorStoreMax=`, and systemd 254 to inform this process.
 * @see systemd.service(5), sd_pid_notify_with_fds(3)
 */
export interface FdStore {
  /**
   * How many descriptors the unit may store; 0 if it has no store.
   * @throws SystemdError `SD_ERR_INVALID_ENV` when $FDSTORE is malformed.
   */
  readonly capacity: number;
  /**
   * Stores a descriptor and replaces all others of that name. The caller keeps its own descriptor. Resolves `false`,
   * and stores nothing, if the unit has no store.
   * @throws (rejects) TypeError or RangeError `SD_ERR_INVALID_ARG`; SystemdError `SD_ERR_FD_STORE_FULL`, `SD_ERR_STATE`
   *   for a socket that is stored under another name, and the errors of `notify()`; SyscallError EBADF.
   */
  put(name: string, resource: Resource, options?: PutOptions): Promise<boolean>;
  /** Removes all descriptors of that name. Resolves `false` if the unit has no store. */
  remove(name: string): Promise<boolean>;
  /**
   * Stores bytes (text as UTF-8) in a sealed memory file, and replaces what was stored under that name.
   * @throws (rejects) as `put()`, and SyscallError EFBIG, ENOSPC, ENOMEM if the kernel refuses the size, EMFILE.
   */
  putData(name: string, data: string | Uint8Array): Promise<boolean>;
  /**
   * The bytes that the previous run stored under that name.
   * @throws SystemdError `SD_ERR_FD_MISMATCH` if the descriptor is not a memory file, or one that is too large for a
   *   Buffer, `SD_ERR_FD_TAKEN` if it was closed, and the errors of `listenFds()`.
   */
  data(name: string): Buffer | undefined;
}

const PUT_KEYS = { poll: true } as const satisfies Record<keyof PutOptions, true>;
// read(2) transfers at most this much in one call.
const READ_MAX = 0x7fff_f000;
/** Explains why writing to the memory file failed. */
const REMEDIES: Readonly<Record<string, string>> = {
  EFBIG: 'more than LimitFSIZE= of the unit (RLIMIT_FSIZE) allows for a file',
  ENOSPC: 'for which there is no memory: store less',
  ENOMEM: 'for which there is no memory: store less',
};
const MEMFD: Criterion = { what: 'a memfd, as putData() stores it,', fits: ({ kind }) => kind === 'memfd' };

/** The descriptor store of this unit: FileDescriptorStoreMax= in systemd.service(5). */
export const fdStore: FdStore = {
  get capacity() {
    return readFdStore(process.env);
  },

  async put(name, resource, options = {}) {
    checkFdName('fdStore.put(): name', name);
    const { poll } = ownOptions('fdStore.put(): options', options, PUT_KEYS);
    return store(name, descriptorOf(resource), poll === undefined || checkBoolean('fdStore.put(): poll', poll));
  },

  async remove(name) {
    checkFdName('fdStore.remove(): name', name);
    if (fdStore.capacity === 0) return false;
    clear(name);
    const removed = await notify({ fdStoreRemove: true, fdName: name });
    if (removed && socketChannel.hasSubscribers) socketChannel.publish({ type: 'removed', name });
    return removed;
  },

  async putData(name, data) {
    checkFdName('fdStore.putData(): name', name);
    if (typeof data !== 'string' && !types.isUint8Array(data)) {
      throw invalidType(`fdStore.putData(): data must be a string or a Uint8Array, not ${quote(data)}`);
    }
    if (fdStore.capacity === 0) return false;
    const addon = native();
    const fd = addon.memfd('readyd', data);
    if (fd < 0) throw refused(name, Buffer.byteLength(data), fd);
    try {
      // When this returns, the message was sent or has its own copy of the descriptor.
      return store(name, fd, true);
    } finally {
      addon.close(fd);
    }
  },

  data(name) {
    checkFdName('fdStore.data(): name', name);
    const passed = passedFds().get(name);
    if (passed === undefined) return undefined;
    if (!MEMFD.fits(passed)) throw mismatch(passed, MEMFD);
    return read(passed);
  },
};

/** Limits of the kernel. The unit's MemoryMax= never fails a call: the kernel kills the process instead. */
function refused(name: string, size: number, result: number): SyscallError {
  const what = `cannot make a memory file of ${size} bytes for ${quote(name)}`;
  const error = syscallError(what, result, 'memfd_create');
  const remedy = REMEDIES[error.code];
  return remedy === undefined ? error : syscallError(`${what}, ${remedy}`, result, 'write');
}

async function store(name: string, fd: number, poll: boolean): Promise<boolean> {
  const { capacity } = fdStore;
  if (capacity === 0) return false;
  // Check before anything is removed.
  const identity = identify(fd, () => `cannot store descriptor ${fd} as ${quote(name)}`);
  const other = otherNameOf(name, identity);
  if (other !== undefined) {
    throw new SystemdError(
      'SD_ERR_STATE',
      `descriptor ${fd} is stored as ${quote(other)} already, and the manager keeps one name: remove that one before ${quote(name)}`,
    );
  }
  if (countOthers(name) >= capacity) {
    throw new SystemdError(
      'SD_ERR_FD_STORE_FULL',
      `cannot store ${quote(name)}: the unit's descriptor store holds ${capacity} (FileDescriptorStoreMax=); remove() what is no longer needed`,
    );
  }
  // The manager cannot replace: it stores a second descriptor of the same name beside the first.
  const removed = notify({ fdStoreRemove: true, fdName: name });
  const stored = notify({ fdStore: true, fdName: name, ...(poll ? {} : { fdPoll: false }) }, { fds: [fd] });
  const entry = enter(name, fd, identity, poll);
  const sent = await Promise.all([removed, stored]).catch((error: unknown) => {
    forget(entry);
    throw error;
  });
  if (sent.includes(false)) {
    forget(entry);
    return false;
  }
  if (socketChannel.hasSubscribers) socketChannel.publish({ type: 'stored', name });
  return true;
}

/** Reads from the start: the file offset is shared with earlier runs. */
function read(passed: PassedFd): Buffer {
  if (!passed.isOpen) passed.refuseTaken();
  const { fd } = passed;
  const bytes = allocate(passed, Number(exactStatOf(fd).size));
  let length = 0;
  while (length < bytes.length) {
    const part = readSync(fd, bytes, length, Math.min(bytes.length - length, READ_MAX), length);
    if (part === 0) break;
    length += part;
  }
  return bytes.subarray(0, length);
}

// putData() never stores that much, but put() can: an empty memfd may have any length. A kernel that overcommits would
// grant memory that it does not have, and kill the service on write.
function allocate(passed: PassedFd, size: number): Buffer {
  try {
    if (size <= totalmem()) return Buffer.allocUnsafeSlow(size);
  } catch (cause) {
    throw tooLarge(passed, size, { cause });
  }
  throw tooLarge(passed, size);
}

function tooLarge(passed: PassedFd, size: number, options?: ErrorOptions): SystemdError {
  return new SystemdError(
    'SD_ERR_FD_MISMATCH',
    `${passed.label} is a memfd of ${size} bytes, more than a Buffer holds or there is memory for; it stays available: take() it and read it in parts`,
    options,
  );
}
