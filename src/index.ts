// The contents page.
export { SyscallError, SystemdError } from './errors.ts';
