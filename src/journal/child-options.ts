// The options of child(), checked.
import { checkOneOf, ownOptions } from '../arguments.ts';
import type { ChildOptions } from './journal.ts';
import { THRESHOLDS, type Threshold } from './levels.ts';
import type { Mixin } from './mixin.ts';
import { SerializerTable } from './serializers.ts';

/** The settings of one logger; undefined settings are inherited from the parent. */
export interface OwnSettings {
  readonly level?: Threshold | undefined;
  readonly serializers?: SerializerTable | undefined;
  readonly mixin?: Mixin | undefined;
}

const CHILD_OPTIONS: Readonly<Record<keyof ChildOptions, true>> = { level: true, serializers: true };

/** Checks pino's options for a child. Refuses an unknown option, because it may be one that hides a secret. */
export function checkChildOptions(options: ChildOptions | undefined, parent: SerializerTable | undefined): OwnSettings {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  const own = ownOptions('child(): the options', Object.fromEntries(given) as ChildOptions, CHILD_OPTIONS);
  return {
    level: own.level === undefined ? undefined : checkOneOf<Threshold>('child(): level', own.level, THRESHOLDS),
    serializers:
      own.serializers === undefined
        ? undefined
        : new SerializerTable(parent).add('child(): serializers', own.serializers),
  };
}
