// What a developer is told about the unit files, once: settings that are not applied, and lines that systemd leaves out.
import type { Assignment, LeftOut } from '../../unit-file/assignments.ts';

/** Settings of [Unit] and of any section that change nothing while a service runs. */
const DESCRIPTIVE = /^(Description|Documentation|X-.*)$/;

export class UnitNotes {
  readonly #notApplied = new Set<string>();
  readonly #texts: string[] = [];

  /** A setting that systemd knows, and that `readyd run` does not implement. */
  notApplied({ key }: Assignment): void {
    if (!DESCRIPTIVE.test(key)) this.#notApplied.add(key.includes('=') ? key : `${key}=`);
  }

  /** A line of a section that is not the unit's own. */
  elsewhere(assignment: Assignment): void {
    // [Install] is for `systemctl enable`.
    if (assignment.section !== 'Install' && !assignment.section.startsWith('X-')) this.notApplied(assignment);
  }

  /** A value that systemd does not take: it goes on as if the line were not there. */
  invalid({ file, line, key, value }: Assignment): void {
    this.tell(`ignores ${file}:${line}, as systemd does: ${key}=${value} is not valid`);
  }

  leftOut({ file, line, reason }: LeftOut): void {
    this.tell(`ignores ${file}:${line}, as systemd does: ${reason}`);
  }

  tell(text: string): void {
    this.#texts.push(text);
  }

  get texts(): readonly string[] {
    const names = [...this.#notApplied];
    return names.length === 0 ? this.#texts : [...this.#texts, `does not apply ${names.join(', ')}`];
  }
}
