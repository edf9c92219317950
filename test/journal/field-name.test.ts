import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldName, isFieldName } from '../../src/journal/field-name.ts';

describe('the name of a field', () => {
  it.each([
    'A',
    'REQUEST_ID',
    'CODE_FILE',
    'ERRNO',
    'OBJECT_ID',
    'MESSAGES',
    'TIDE',
    'SYSLOG',
    'UNIT',
    'X509',
    'A__B',
    'OBJECT_2A',
    `A${'B'.repeat(63)}`,
  ])('%j stays', (name) => expect(fieldName(name)).toBe(name));

  it.each([
    ['requestId', 'REQUEST_ID'],
    ['userID', 'USER_ID'],
    ['HTTPServer', 'HTTP_SERVER'],
    ['parseHTTPRequest', 'PARSE_HTTP_REQUEST'],
    ['utf8Text', 'UTF8_TEXT'],
    ['url', 'URL'],
    ['snake_case', 'SNAKE_CASE'],
    ['user-agent', 'USER_AGENT'],
    ['a.b c', 'A_B_C'],
    ['X-Request-Id', 'X_REQUEST_ID'],
    ['A=1\nMESSAGE', 'A_1_MESSAGE'],
    ['_PID', 'PID'],
    ['__proto__', 'PROTO__'],
    ['2fa', 'FIELD_2FA'],
    ['_2fa', 'FIELD_2FA'],
    ['', 'FIELD'],
    ['_', 'FIELD'],
    ['größe', 'GR__E'],
    ['日本', 'FIELD'],
    ['ſ', 'FIELD'],
    ['a😀b', 'A_B'],
    ['\u0000', 'FIELD'],
    ['a'.repeat(100), 'A'.repeat(64)],
    [`${'_'.repeat(100)}a`, 'A'],
    ['😀'.repeat(100), 'FIELD'],
    [`a${'😀'.repeat(100)}b`, `A${'_'.repeat(63)}`],
    [`${'aB'.repeat(40)}`, 'A_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_BA_B'.slice(0, 64)],
    ['1'.repeat(100), `FIELD_${'1'.repeat(58)}`],
  ])('%j is %s', (key, name) => expect(fieldName(key)).toBe(name));

  it.each([
    ['priority', 'FIELD_PRIORITY'],
    ['_priority', 'FIELD_PRIORITY'],
    ['PRIORITY', 'FIELD_PRIORITY'],
    ['Priority', 'FIELD_PRIORITY'],
    ['日PRIORITY', 'FIELD_PRIORITY'],
    ['message', 'FIELD_MESSAGE'],
    ['MESSAGE', 'FIELD_MESSAGE'],
    ['MESSAGE_ID', 'FIELD_MESSAGE_ID'],
    ['message_id', 'FIELD_MESSAGE_ID'],
    ['_messageId', 'FIELD_MESSAGE_ID'],
    ['message-id', 'FIELD_MESSAGE_ID'],
    ['syslogIdentifier', 'FIELD_SYSLOG_IDENTIFIER'],
    ['SYSLOG_FACILITY', 'FIELD_SYSLOG_FACILITY'],
    ['syslog_', 'FIELD_SYSLOG_'],
    [`syslog_${'x'.repeat(100)}`, `FIELD_SYSLOG_${'X'.repeat(51)}`],
    ['tid', 'FIELD_TID'],
    ['objectPid', 'FIELD_OBJECT_PID'],
    ['OBJECT_SYSTEMD_UNIT', 'FIELD_OBJECT_SYSTEMD_UNIT'],
    ['readydNote', 'FIELD_READYD_NOTE'],
    ['READYD_DROPPED', 'FIELD_READYD_DROPPED'],
  ])("%j, which is the logger's, is %s", (key, name) => expect(fieldName(key)).toBe(name));

  it('is MESSAGE_ID for the one key that sets it', () => expect(fieldName('messageId')).toBe('MESSAGE_ID'));

  it('never is one that the logger or journald gives a meaning', () => {
    const reserved = ['priority', 'message', 'message_id', 'tid', 'object_pid', 'syslog_pid', 'readyd_x'];
    const around = fc.string({ unit: fc.constantFrom('_', '-', ' ', '=', '\n', 'é', '\u0000') });
    const letters = (text: string) => fc.tuple(...Array.from(text, (one) => fc.constantFrom(one, one.toUpperCase())));
    const key = fc.tuple(around, fc.constantFrom(...reserved).chain(letters), around);
    fc.assert(
      fc.property(key, ([before, name, after]) => {
        const mapped = fieldName(before + name.join('') + after);
        return !/^(PRIORITY|MESSAGE|MESSAGE_ID|TID|OBJECT_PID|SYSLOG_.*|READYD_.*)$/.test(mapped);
      }),
      { numRuns: 2000 },
    );
  });

  it('is one that journald takes, whatever the key, and its own name', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (key) => {
        const name = fieldName(key);
        return /^[A-Z][A-Z0-9_]{0,63}$/.test(name) && isFieldName(name) && fieldName(name) === name;
      }),
      { numRuns: 2000 },
    ));

  it('stays the same when many keys go by', () => {
    for (let index = 0; index < 5000; index += 1) fieldName(`key${index}`);
    expect(fieldName('key1')).toBe('KEY1');
    expect(fieldName('requestId')).toBe('REQUEST_ID');
  });

  it('takes no longer for a hostile key than its length', () => {
    expect(fieldName('A'.repeat(1_000_000))).toBe('A'.repeat(64));
    expect(fieldName(`${'_'.repeat(1_000_000)}x`)).toBe('X');
    expect(fieldName('Aa'.repeat(500_000))).toHaveLength(64);
  });
});
