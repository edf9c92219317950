// Why a start does not finish, or finished without READY: what prevents the message from reaching systemd.
import type { Rule } from './facts.ts';
import { preloadNotReady } from './rules-auto.ts';
import { hidden, listenPid, notMain, refused } from './rules-process.ts';
import { family, typeNotNotify } from './rules-unit.ts';

const waitsForOther: Rule = (facts) =>
  ['forking', 'dbus', 'oneshot'].includes(facts.unit?.Type ?? '') ? typeNotNotify(facts) : undefined;

/** The first matching rule is the cause. */
export const STARTING_RULES: readonly Rule[] = [
  waitsForOther,
  family,
  notMain,
  hidden,
  refused,
  listenPid,
  preloadNotReady,
];
