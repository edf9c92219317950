// The descriptor store of the unit: what is put there outlives this process and comes back to the next. systemd.service(5)
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
import { mismatch, type Wanted } from './choose.ts';
import { passedFds } from './claim.ts';
import { exactStatOf, identify } from './inspect.ts';
import { clear, countOthers, enter, forget, otherNameOf } from './ledger.ts';
import type { PassedFd } from './listen-fd.ts';
import { descriptorOf, type Resource } from './resource.ts';

/** How something is stored. */
export interface PutOptions {
  /** Whether the manager drops the descriptor once it is hung up. Default true; false is FDPOLL=0. systemd 246 */
  poll?: boolean;
}

/**
 * Descriptors, and small state, that the service manager keeps across a restart of the service. What is stored comes back
 * from `listenFds()` by its name. The unit needs `FileDescriptorStoreMax=`, and systemd 254 to tell this process.
 * @see systemd.service(5), sd_pid_notify_with_fds(3)
 */
export interface FdStore {
  /**
   * How many descriptors the unit may store; 0 where it has no store.
   * @throws SystemdError `SD_ERR_INVALID_ENV` when $FDSTORE is malformed.
   */
  readonly capacity: number;
  /**
   * Stores a descriptor in the place of what had the name; the caller keeps its own. Resolves `false`, with nothing
   * stored, where the unit has no store.
   * @throws (rejects) TypeError or RangeError `SD_ERR_INVALID_ARG`; SystemdError `SD_ERR_FD_STORE_FULL`, `SD_ERR_STATE`
   *   for a socket that is stored under another name, and what `notify()` rejects with; SyscallError EBADF.
   */
  put(name: string, resource: Resource, options?: PutOptions): Promise<boolean>;
  /** Drops everything of that name. Resolves `false` where the unit has no store. */
  remove(name: string): Promise<boolean>;
  /**
   * Stores bytes (text as UTF-8) as a sealed memory file, in the place of what had the name.
   * @throws (rejects) as `put()`, and SyscallError EFBIG, ENOSPC, ENOMEM where it is more than the kernel grants, EMFILE.
   */
  putData(name: string, data: string | Uint8Array): Promise<boolean>;
  /**
   * The bytes that the previous run stored under that name.
   * @throws SystemdError `SD_ERR_FD_MISMATCH` when the name is not that of a memory file, or of one that is larger than a
   *   Buffer can be, `SD_ERR_FD_TAKEN` when it was closed, and what `listenFds()` throws.
   */
  data(name: string): Buffer | undefined;
}

const PUT_KEYS = { poll: true } as const satisfies Record<keyof PutOptions, true>;
// read(2) transfers no more than this at once.
const READ_MAX = 0x7fff_f000;
/** Why the bytes do not go into the file, once it is there. */
const REMEDIES: Readonly<Record<string, string>> = {
  EFBIG: 'more than LimitFSIZE= of the unit (RLIMIT_FSIZE) allows for a file',
  ENOSPC: 'for which there is no memory: store less',
  ENOMEM: 'for which there is no memory: store less',
};
const MEMFD: Wanted = { what: 'a memfd, as putData() stores it,', fits: ({ kind }) => kind === 'memfd' };

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
      // The message has left, or has a copy of the descriptor, when this returns.
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

/** The kernel's own limits. What the unit's MemoryMax= does not allow it never refuses: it kills. */
function refused(name: string, size: number, result: number): SyscallError {
  const what = `cannot make a memory file of ${size} bytes for ${quote(name)}`;
  const error = syscallError(what, result, 'memfd_create');
  const remedy = REMEDIES[error.code];
  return remedy === undefined ? error : syscallError(`${what}, ${remedy}`, result, 'write');
}

async function store(name: string, fd: number, poll: boolean): Promise<boolean> {
  const { capacity } = fdStore;
  if (capacity === 0) return false;
  // Before anything is removed.
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
  // There is no replacing: a second descriptor of a name is stored beside the first.
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

/** From the beginning, whatever was read before: the offset is shared with every run that had it. */
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

// putData() never stores that much, but whoever puts a descriptor can: a memfd of no content may have any length. A kernel
// that overcommits would hand out what it does not have, and kill the service when it is written to.
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
