// `app@.service` is a template for units, not a unit. systemd.unit(5)
import { ask, type DoctorRequest } from './ask.ts';
import type { Finding } from './facts.ts';

export function isTemplate(unit: string | undefined): unit is string {
  return unit?.endsWith('@.service') ?? false;
}

export function noInstance({ user }: DoctorRequest, unit: string): Finding {
  const pattern = unit.replace('@.', '@*.');
  const args = [...(user ? ['--user'] : []), 'list-units', '--all', '--plain', '--no-legend', '--no-pager', pattern];
  const instances = (ask('systemctl', args) ?? '').split('\n').flatMap((line) => line.trim().split(/\s+/)[0] || []);
  const [first] = instances;
  return {
    id: 'instance-missing',
    severity: 'error',
    what: `${unit} is a template, and no instance was named`,
    why: first === undefined ? 'no instance of it is loaded' : `loaded are: ${instances.slice(0, 10).join(', ')}`,
    change: `readyd doctor ${first ?? unit.replace('@.', '@NAME.')}`,
  };
}
