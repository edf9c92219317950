// Whether a service() runs in this process, in any copy of the package.
import { processWide } from '../process-mark.ts';

export const runningService: { running: boolean } = processWide('service@1', () => ({ running: false }));
