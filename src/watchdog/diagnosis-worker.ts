// The worker thread of `diagnose: true`: watches the pulse of the main thread. Imports cost memory, so most modules are
// loaded only when the loop has been blocked for a quarter of the timeout, a quarter before they are needed.
import { parentPort, workerData } from 'node:worker_threads';
import type { DiagnosisData } from './diagnosis-messages.ts';
import { Pulse } from './pulse.ts';
import { Stall, sampleInterval } from './stall.ts';
import type { StallInvestigator } from './stall-investigator.ts';

/** How often to check while there is no watchdog. */
const IDLE_MS = 1000;

const data = workerData as DiagnosisData; // by diagnosis.ts alone
const pulse = new Pulse(data.memory);
const stall = new Stall(data.start);
let investigator: StallInvestigator | undefined;
let loading = false;

function watch(): void {
  const sample = pulse.sample();
  stall.sample(sample);
  if (investigator !== undefined) investigator.update();
  else if (stall.suspicious && !loading) void load();
  setTimeout(watch, sample.timeout === 0 ? IDLE_MS : sampleInterval(sample.timeout));
}

async function load(): Promise<void> {
  loading = true;
  const [{ StallInvestigator }, { StallReporter }] = await Promise.all([
    import('./stall-investigator.ts'),
    import('./stall-reporter.ts'),
  ]);
  const reporter = new StallReporter(data);
  investigator = new StallInvestigator(pulse, stall, data.sourceMaps, (report) => reporter.tell(report));
  investigator.update();
}

// The process exits: Node would wait for an open session, and report it on stderr.
parentPort?.on('message', () => investigator?.close());
watch();
