// What to tell of a unit that is written all the same: the machine that it is for need not be this one.
import type { UnitDefinition } from './definition.ts';
import { isHome } from './places.ts';
import { faultOf } from './program.ts';
import { unreadable } from './readable.ts';

/** A line for each; nothing where all is well. */
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

/** What systemd cannot know of the program, or the program not of systemd. */
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

/** What is in a home stays there; elsewhere somebody clears up, and then systemd has nothing to show. tmpfiles.d(5) */
function fleeting({ shown, node, program }: UnitDefinition): string[] {
  return shown
    .filter(({ place }) => !isHome(place) || place === '/run/user')
    .map(({ path, place }) => {
      const it = path === node || path === program ? 'that file, and nothing beside it,' : 'it';
      return (
        `note: '${path}' is in ${place}, which the service has of its own: the unit shows ${it} there by ` +
        `BindReadOnlyPaths=, and does not start once ${place} was cleared; better put it into /srv or /opt`
      );
    });
}
