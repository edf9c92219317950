// Warnings about a unit that is still written, because it may be for another machine.
import type { UnitDefinition } from './definition.ts';
import { isHome } from './hardening.ts';
import { faultOf } from './program.ts';
import { unreadable } from './readable.ts';

/** One line per warning; empty without warnings. */
export function notesOn(definition: UnitDefinition): string[] {
  return [...unseen(definition), ...unheard(definition), ...fleeting(definition), ...unreadable(definition)];
}

function unseen({ program }: UnitDefinition): string[] {
  const fault = faultOf(program);
  if (fault === undefined) return [];
  return fault === 'EACCES'
    ? [`note: '${program}' cannot be read by you, and was not looked at`]
    : [`note: '${program}' is not on this machine, and was not looked at: the unit is for one that has it there`];
}

/** Mismatches between the unit and the protocol that the program speaks. */
function unheard({ program, type, speech, listen }: UnitDefinition): string[] {
  const notes = [];
  if (type === 'exec' && !speech.ready)
    notes.push(
      `note: '${program}' does not send READY: Type=exec, and the service counts as started when Node runs; ` +
        'ready() or service() of readyd sends it, and --type notify says that the program does',
    );
  if (listen.length > 0 && !speech.sockets)
    notes.push(`note: '${program}' takes no socket from systemd: listen(server, { name }) of readyd does`);
  return notes;
}

/**
 * Files in a home directory are kept. Elsewhere, such as in /tmp, they may be deleted, and systemd cannot bind them.
 * tmpfiles.d(5)
 */
function fleeting({ shown, node, program }: UnitDefinition): string[] {
  return shown
    .filter(({ place }) => !isHome(place) || place === '/run/user')
    .map(({ path, place }) => {
      const it = path === node || path === program ? 'that file, and nothing beside it,' : 'it';
      return (
        `note: '${path}' is in ${place}, of which the service has a private one: the unit shows ${it} there by ` +
        `BindReadOnlyPaths=, and does not start once ${place} was cleared; better put it into /srv or /opt`
      );
    });
}
