// Measures readyd against its targets: node run.js [--only LINE] [--rounds N] [--batch N] [--package FOLDER]
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { auto } from './lines/auto.js';
import { burst } from './lines/burst.js';
import { claim } from './lines/claim.js';
import { diagnose } from './lines/diagnose.js';
import { filtered } from './lines/filtered.js';
import { importing } from './lines/import.js';
import { journal } from './lines/journal.js';
import { notify } from './lines/notify.js';
import { others } from './lines/others.js';
import { requests } from './lines/requests.js';
import { service } from './lines/service.js';
import { stalled } from './lines/stalled.js';
import { text } from './lines/text.js';
import { watchdog } from './lines/watchdog.js';
import { describeMachine } from './machine.js';
import { enterNamespaces } from './namespaces.js';
import { printHeading, printRow } from './table.js';

const LINES = {
  notify,
  journal,
  text,
  burst,
  filtered,
  import: importing,
  stalled,
  claim,
  requests,
  watchdog,
  diagnose,
  service,
  auto,
  others,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '100' },
    batch: { type: 'string', default: '1000' },
    package: { type: 'string', default: resolve(import.meta.dirname, '..') },
  },
});

/** The settings that each line gets. */
const settings = {
  rounds: positive('rounds', values.rounds),
  /** How many messages are sent in one round: they must fit the receiver's queue. */
  batch: positive('batch', values.batch),
  /** The folder of the built package. */
  package: resolve(values.package),
};

function positive(name, value) {
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new TypeError(`--${name} must be a whole number above 0, not ${value}`);
}

function chosen(only = Object.keys(LINES)) {
  for (const name of only) {
    if (!Object.hasOwn(LINES, name))
      throw new TypeError(`--only ${name}: the lines are ${Object.keys(LINES).join(', ')}`);
  }
  return only.map((name) => LINES[name]);
}

async function main() {
  const lines = chosen(values.only);
  if (enterNamespaces(settings.package)) return;
  console.log(describeMachine(settings));
  printHeading();
  for (const line of lines) {
    for (const row of await line(settings)) printRow(row);
  }
}

await main();
