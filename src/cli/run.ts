// `readyd run`: a service manager in the terminal.
import { createManager, type Manager } from '../manager/manager.ts';
import { unavailable } from '../manager/unavailable.ts';
import { printable } from '../printable-text.ts';
import { addressText } from '../sockets/kind.ts';
import { type Plan, parseArguments } from './run/arguments.ts';
import { USAGE } from './run/options.ts';
import { Screen } from './run/screen.ts';
import { Session } from './run/session.ts';
import { createView, type View } from './run/view.ts';
import { UsageError } from './unit/usage.ts';

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

/** Resolves to the exit code: the service's own; 1 if it could not be run; 2 for invalid arguments. */
export async function main(args: string[]): Promise<number> {
  try {
    const plan = parseArguments(args);
    if (plan === 'help') {
      process.stdout.write(USAGE);
      return 0;
    }
    if (plan === 'version') {
      const { version } = await import('./version.ts');
      process.stdout.write(`${version()}\n`);
      return 0;
    }
    const reason = unavailable();
    if (reason !== undefined) return complain(`cannot run a service here: ${reason}`, EXIT_FAILURE);
    return await run(plan);
  } catch (error) {
    if (error instanceof UsageError) return complain(error.message, EXIT_USAGE);
    return complain(error instanceof Error ? error.message : String(error), EXIT_FAILURE);
  }
}

function complain(message: string, code: number): number {
  process.stderr.write(`readyd run: ${printable(message)}\n`);
  return code;
}

async function run(plan: Plan): Promise<number> {
  let session: Session | undefined;
  const screen = new Screen(process.stdout, () => session?.hangUp());
  const view = createView(plan.json, screen);
  // Not `await using`, because Node 20 does not support it.
  let manager: Manager | undefined;
  try {
    manager = await createManager({
      ...plan.manager,
      onEvent: (event) => view.event(event),
      onChange: (daemon) => view.change(daemon),
    });
    for (const text of plan.notes) view.event({ at: manager.elapsed, source: 'manager', text });
    tellSockets(manager, view);
    session = new Session(manager, plan, view);
    return await session.live();
  } finally {
    await manager?.close();
    view.close();
    // At a normal exit Node restores the terminal, and aborts if the terminal is gone.
    if (session?.hungUp && process.stdout.isTTY) process.kill(process.pid, 'SIGHUP');
  }
}

function tellSockets(manager: Manager, view: View): void {
  for (const { name, address } of manager.sockets) {
    view.event({ at: manager.elapsed, source: 'manager', text: `listens on ${addressText(address)}, as '${name}'` });
  }
}
