// How `readyd run` and `readyd unit` name the sockets that the command line does not name: FileDescriptorName= of both.

/** `web`, as the examples call it; `socket` where the command line gives that name to others. */
export function nameOfUnnamed(given: readonly string[]): string {
  return given.includes('web') ? 'socket' : 'web';
}
