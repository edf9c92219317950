// Why a start does not end, or ended without READY: what keeps the message from systemd.
import type { Rule } from './facts.ts';
import { hidden, listenPid, notMain, refused } from './rules-process.ts';
import { family, typeNotNotify } from './rules-unit.ts';

const waitsForOther: Rule = (facts) =>
  ['forking', 'dbus', 'oneshot'].includes(facts.unit?.Type ?? '') ? typeNotNotify(facts) : undefined;

/** The first that answers is the cause. */
export const STARTING_RULES: readonly Rule[] = [waitsForOther, family, notMain, hidden, refused, listenPid];
