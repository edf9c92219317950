// Expands `%n` and other specifiers in a value: systemd.unit(5), "Specifiers". Pure.

/** The replacement for each character after `%`; undefined if it is unknown here. */
export type Specifiers = Readonly<Record<string, string | undefined>>;

/** An unknown letter or digit after `%`: systemd ignores the value. */
export class UnknownSpecifier extends Error {}

/**
 * Replaces specifiers. `%%` becomes a percent sign; `%` before any character other than a letter or digit stays
 * unchanged.
 *
 * @throws UnknownSpecifier
 * @throws Error for a valid specifier whose value is unknown here.
 */
export function expandSpecifiers(text: string, specifiers: Specifiers): string {
  return text.replaceAll(/%([\s\S])/g, (whole: string, character: string) => {
    if (character === '%') return '%';
    if (!Object.hasOwn(specifiers, character)) {
      if (/[A-Za-z0-9]/.test(character)) throw new UnknownSpecifier(`there is no specifier ${whole}`);
      return whole;
    }
    const value = specifiers[character];
    if (value === undefined) throw new Error(`the value of %${character} is not known here`);
    return value;
  });
}

/** The parts of a unit's name. */
export interface UnitName {
  /** `app@1.service` */
  readonly full: string;
  /** `app` */
  readonly prefix: string;
  /** `1`; undefined for a unit without a template, empty for the template itself. */
  readonly instance: string | undefined;
  /** `.service` */
  readonly suffix: string;
}

export function parseUnitName(full: string): UnitName {
  const dot = full.lastIndexOf('.');
  const at = full.indexOf('@');
  const hasInstance = at >= 0 && at < dot;
  return {
    full,
    prefix: full.slice(0, hasInstance ? at : dot),
    instance: hasInstance ? full.slice(at + 1, dot) : undefined,
    suffix: full.slice(dot),
  };
}

/** The specifiers that depend only on the name: %n, %N, %p, %P, %i, %I, %j, %J and %f. */
export function nameSpecifiers({ full, prefix, instance = '', suffix }: UnitName): Specifiers {
  const last = prefix.slice(prefix.lastIndexOf('-') + 1);
  const path = unescapeName(instance === '' ? prefix : instance);
  return {
    n: full,
    N: full.slice(0, -suffix.length),
    p: prefix,
    P: unescapeName(prefix),
    i: instance,
    I: unescapeName(instance),
    j: last,
    J: unescapeName(last),
    f: path.startsWith('/') ? path : `/${path}`,
  };
}

/** `-` is `/`, and `\xHH` a byte: systemd-escape(1) */
export function unescapeName(name: string): string {
  const bytes = Buffer.from(name)
    .toString('latin1')
    .replaceAll(/-|\\x([0-9a-f]{2})/gi, (whole, hex: string | undefined) =>
      whole === '-' ? '/' : String.fromCharCode(Number.parseInt(hex ?? '', 16)),
    );
  return Buffer.from(bytes, 'latin1').toString();
}
