// Messages about the unit files, shown once: unsupported settings, and lines that systemd ignores.
import type { Assignment, LeftOut } from '../../unit-file/assignments.ts';

/** Settings of [Unit] and other sections that do not affect a running service. */
const DESCRIPTIVE = /^(Description|Documentation|X-.*)$/;

export class UnitNotes {
  readonly #notApplied = new Set<string>();
  readonly #texts: string[] = [];

  /** A valid setting that `readyd run` does not support. */
  notApplied({ key }: Assignment): void {
    if (!DESCRIPTIVE.test(key)) this.#notApplied.add(key.includes('=') ? key : `${key}=`);
  }

  /** A line in a section of another unit type. */
  elsewhere(assignment: Assignment): void {
    // [Install] is for `systemctl enable`.
    if (assignment.section !== 'Install' && !assignment.section.startsWith('X-')) this.notApplied(assignment);
  }

  /** An invalid value: systemd ignores the line. */
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
