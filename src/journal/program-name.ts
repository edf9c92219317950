// What SYSLOG_IDENTIFIER= says where nobody says otherwise.
import { basename } from 'node:path';

/** The program's name: that of the script, without `.js` and its like, or of the executable where there is none. */
export function programName(script: string | undefined = process.argv[1]): string {
  const name = basename(script ?? process.execPath).replace(/\.[cm]?[jt]sx?$/, '');
  return name === '' ? 'node' : name;
}
