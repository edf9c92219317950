// Fallback finding: READY was not sent, and no other rule explains why.
import { type Facts, type Finding, property } from './facts.ts';

export function readyNotSent(facts: Facts, waiting: boolean): Finding {
  const { unit } = facts;
  return {
    id: 'ready-not-sent',
    severity: 'error',
    what: waiting
      ? 'the program runs, and has not sent READY'
      : 'systemd ended the program, because READY did not come',
    why: `Type=${unit?.Type}: the start is complete when the program sends READY=1, within TimeoutStartSec=${unit?.TimeoutStartUSec ?? ''}`,
    evidence: property(unit, 'SubState'),
    change:
      'await ready() once it serves, or run it by service(); Type=exec for a program that does not speak to systemd',
  };
}
