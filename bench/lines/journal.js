// An entry of six fields with journald: sd_journal_sendv and sd_journal_send in C against a logger.
import { deliver, inC, inNode, JOURNAL_PATH } from '../measure/delivered.js';
import { ratioRows } from '../table.js';

const TARGETS = { 'log.info()': 0.6, 'sendEntry()': 1.2 };

export async function journal(settings) {
  const { plain, located, format, child, ...others } = await deliver(
    JOURNAL_PATH,
    {
      plain: inC('sd_journal_sendv'),
      located: inC('sd_journal_sendv-located'),
      format: inC('sd_journal_send'),
      'log.info()': inNode(settings, 'journal'),
      'sendEntry()': inNode(settings, 'sendEntry'),
      'the bare system call in C': inC('bare-journal'),
      child: inNode(settings, 'child'),
    },
    settings,
  );
  const { 'log.info()': logger } = others;
  return [
    ...ratioRows(others, 'sd_journal_sendv in C', plain, TARGETS),
    ...ratioRows({ 'log.info()': logger }, 'sd_journal_sendv in C, as a macro', located, TARGETS),
    ...ratioRows({ 'log.info()': logger }, 'sd_journal_send in C', format, TARGETS),
    ...ratioRows({ 'ten more fields, a byte': perByte(child) }, 'without them, a byte', perByte(logger), {
      'ten more fields, a byte': 1.2,
    }),
  ];
}

function perByte({ bytes, rounds, ...times }) {
  const divided = ({ wall, cpu }) => ({ wall: wall / bytes, cpu: cpu / bytes });
  return { ...divided(times), rounds: rounds.map(divided) };
}
