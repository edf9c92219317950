// Reads the unit files of `readyd run --unit`, with their drop-ins: systemd.unit(5)
import type { ManagerOptions } from '../../manager/options.ts';
import { nameSpecifiers, type Specifiers } from '../../unit-file/specifiers.ts';
import { systemSpecifiers } from '../../unit-file/system-specifiers.ts';
import { readUnitFiles, type UnitFiles } from '../../unit-file/unit-files.ts';
import { UsageError } from '../unit/usage.ts';
import { readServiceUnit, type ServiceUnit } from './service-unit.ts';
import { readSocketUnit } from './socket-unit.ts';
import { UnitNotes } from './unit-notes.ts';

/** The settings that unit files add to the command line. */
export interface UnitPlan {
  readonly service: ServiceUnit | undefined;
  readonly manager: ManagerOptions;
  /** Messages for the user, shown once. */
  readonly notes: readonly string[];
}

/** @throws UsageError for a unit that systemd does not load, and for settings that are not supported. */
export function readUnits(files: readonly string[], instance: string | undefined): UnitPlan {
  const notes = new UnitNotes();
  let service: ServiceUnit | undefined;
  let manager: ManagerOptions = {};
  const listen: Record<string, readonly string[]> = Object.create(null);
  for (const file of files) {
    const unit = readUnit(file, instance, notes);
    const specifiers: Specifiers = systemSpecifiers(unit.path, nameSpecifiers(unit.name));
    if (file.endsWith('.socket')) {
      const socket = readSocketUnit(unit.assignments, unit.name.full, specifiers, notes);
      listen[socket.name] = [...(listen[socket.name] ?? []), ...socket.addresses];
      manager = { ...manager, ...socket.manager };
    } else {
      service = readServiceUnit(unit.assignments, specifiers, notes);
      manager = { ...manager, ...service.manager };
    }
  }
  if (Object.keys(listen).length > 0) manager = { ...manager, listen };
  return { service, manager, notes: notes.texts };
}

function readUnit(file: string, instance: string | undefined, notes: UnitNotes): UnitFiles {
  if (!/\.(service|socket)$/.test(file)) throw new UsageError(`--unit: '${file}' is neither a .service nor a .socket`);
  if (/@\.[a-z]+$/.test(file) && instance === undefined) {
    throw new UsageError(`--unit: ${file} is a template: give it an instance with --instance NAME`);
  }
  try {
    const unit = readUnitFiles(file, instance);
    for (const line of unit.leftOut) notes.leftOut(line);
    return unit;
  } catch (error) {
    throw new UsageError(`--unit: ${error instanceof Error ? error.message : String(error)}`);
  }
}
