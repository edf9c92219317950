// The programs of docs/loggers.md as services: what journalctl shows of Fastify, Express and NestJS.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { FRAMEWORKS, lackOf, linkPackage } from '../examples/linked-package.ts';
import { describeWith } from '../left-out.ts';
import type { JournalRecord, Machine } from './machine.ts';
import { describeOnSystemd } from './on-systemd.ts';

const lack = lackOf(['fastify', 'express', '@nestjs/core']);

const ASK = `
  const headers = { 'x-request-id': 'from-outside', 'content-type': 'application/json' };
  await (await fetch('http://127.0.0.1:8080/orders', { method: 'POST', headers, body: '{"a":1}' })).text();
  await (await fetch('http://127.0.0.1:8080/broken', { headers })).text();`;

/** The entries of both requests, after both were answered. */
async function served(machine: Machine, name: string): Promise<JournalRecord[]> {
  const unit = `${name}-log.service`;
  await machine.start(unit);
  await machine.exec(process.execPath, ['--input-type=module', '-e', ASK], { check: true });
  await machine.stop(unit);
  return machine.journal(`_SYSTEMD_UNIT=${unit}`);
}

describeWith(lack, 'loggers of frameworks', () => {
  describeOnSystemd(['host'], 'loggers of frameworks', (machine) => {
    beforeAll(async () => {
      linkPackage();
      await machine().install(
        Object.fromEntries(
          ['fastify', 'express', 'nest'].map((name) => [
            `${name}-log.service`,
            `[Service]\nType=notify\nExecStart=${process.execPath} ${join(FRAMEWORKS, `${name}-log.js`)}\n`,
          ]),
        ),
      );
    });

    test('fastify: levels, serializers, children, and REQUEST_ID in all that a request does', async () => {
      const entries = await served(machine(), 'fastify');
      expect(entries.filter(({ REQUEST_ID }) => REQUEST_ID !== undefined)).toMatchObject([
        {
          MESSAGE: 'incoming request',
          PRIORITY: '6',
          REQUEST_ID: 'req-1',
          REQ: expect.stringContaining('"url":"/orders"'),
        },
        { MESSAGE: 'order placed', PRIORITY: '6', REQUEST_ID: 'req-1', ORDER_ID: '4711' },
        { MESSAGE: 'slow answer', PRIORITY: '4', REQUEST_ID: 'req-1', COMPONENT: 'bank' },
        { MESSAGE: 'request completed', REQUEST_ID: 'req-1', RES: '{"statusCode":200}' },
        { MESSAGE: 'incoming request', REQUEST_ID: 'req-2' },
        {
          MESSAGE: 'no such item',
          PRIORITY: '3',
          REQUEST_ID: 'req-2',
          ERROR_NAME: 'TypeError',
          CODE_FILE: expect.stringContaining('fastify-log'),
        },
        { MESSAGE: 'request completed', REQUEST_ID: 'req-2', RES: '{"statusCode":500}' },
      ]);
    });

    test('express', async () => {
      const entries = await served(machine(), 'express');
      expect(entries.filter(({ REQUEST_ID }) => REQUEST_ID === 'from-outside')).toMatchObject([
        { MESSAGE: 'order placed', ORDER_ID: '4711' },
        { MESSAGE: 'slow answer', PRIORITY: '4', COMPONENT: 'bank' },
        { MESSAGE: 'no such item', PRIORITY: '3', ERROR_NAME: 'TypeError' },
      ]);
    });

    test('nest', async () => {
      const entries = await served(machine(), 'nest');
      expect(entries.find(({ CONTEXT }) => CONTEXT === 'NestFactory')).toMatchObject({ PRIORITY: '6' });
      expect(entries.filter(({ REQUEST_ID }) => REQUEST_ID === 'from-outside')).toMatchObject([
        { MESSAGE: 'order placed', CONTEXT: 'Orders' },
        { MESSAGE: 'slow answer', PRIORITY: '4', COMPONENT: 'bank' },
        { MESSAGE: 'no such item', PRIORITY: '3', CONTEXT: 'ExceptionsHandler', ERROR_NAME: 'TypeError' },
      ]);
    });
  });
});
