import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { credential } from '../../src/environment/credential.ts';
import { openDescriptors } from '../helpers/descriptors.ts';
import { testWith } from '../left-out.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'readyd-credential-'));
  process.env.CREDENTIALS_DIRECTORY = folder;
});

afterEach(() => {
  delete process.env.CREDENTIALS_DIRECTORY;
  rmSync(folder, { recursive: true });
});

describe('credential()', () => {
  test('reads bytes, whatever they are', () => {
    const secret = Buffer.from([0, 255, 10, 13, 61]);
    writeFileSync(join(folder, 'db.key'), secret, { mode: 0o400 });
    expect(credential('db.key')).toEqual(secret);
  });

  test('reads an empty one', () => {
    writeFileSync(join(folder, 'empty'), '');
    expect(credential('empty')).toEqual(Buffer.alloc(0));
  });

  test('is undefined where the unit has none of that name, and off systemd', () => {
    expect(credential('other')).toBeUndefined();
    delete process.env.CREDENTIALS_DIRECTORY;
    expect(credential('other')).toBeUndefined();
  });

  test.each(['', '.', '..', 'a/b', '/etc/passwd', '../x', 'a:b', 'a\nb', 'a\0b', 'ä', 'a'.repeat(256)])(
    'refuses the name %j, also off systemd',
    (name) => {
      expect(() => credential(name)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
      delete process.env.CREDENTIALS_DIRECTORY;
      expect(() => credential(name)).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ARG' }));
    },
  );

  test.each(['a b', 'a\\b', '..a', '.hidden', 'a'.repeat(255), 'a=b'])('takes the name %j', (name) => {
    expect(credential(name)).toBeUndefined();
  });

  test('refuses what is no string', () => {
    expect(() => credential(undefined as unknown as string)).toThrow(TypeError);
  });

  test.each(['', 'run/credentials', './x', '/run/../etc', '/run//x', '/run/./x', '/run/..'])(
    'refuses $CREDENTIALS_DIRECTORY=%j',
    (directory) => {
      process.env.CREDENTIALS_DIRECTORY = directory;
      expect(() => credential('name')).toThrow(expect.objectContaining({ code: 'SD_ERR_INVALID_ENV' }));
    },
  );

  test('a slash at the end of the folder is none of our business', () => {
    writeFileSync(join(folder, 'name'), 'value');
    process.env.CREDENTIALS_DIRECTORY = `${folder}/`;
    expect(String(credential('name'))).toBe('value');
  });

  test('tells why a file that is there cannot be read', () => {
    mkdirSync(join(folder, 'directory'));
    expect(() => credential('directory')).toThrow(
      expect.objectContaining({ name: 'SyscallError', code: 'EISDIR', errno: -21, syscall: 'read' }),
    );
  });

  const everythingReadable = process.geteuid?.() === 0 ? { reason: 'root may read every file' } : undefined;

  testWith(everythingReadable, 'tells that it must not be read', () => {
    writeFileSync(join(folder, 'secret'), 'value');
    chmodSync(join(folder, 'secret'), 0);
    expect(() => credential('secret')).toThrow(
      expect.objectContaining({ code: 'EACCES', path: join(folder, 'secret') }),
    );
  });
});

describe('a credential that is no regular file', () => {
  test('neither blocks nor fills the memory', () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    symlinkSync('/dev/zero', join(folder, 'zero'));
    for (const name of ['pipe', 'zero']) {
      expect(() => credential(name)).toThrow(expect.objectContaining({ code: 'EBADFD', path: join(folder, name) }));
    }
  });

  test('leaves no descriptor behind', () => {
    symlinkSync('/dev/null', join(folder, 'null'));
    const before = openDescriptors();
    for (let n = 0; n < 5; n += 1) expect(() => credential('null')).toThrow();
    expect(openDescriptors()).toBe(before);
  });
});
