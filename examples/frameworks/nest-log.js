import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Logger, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { journal, listen, ready } from 'readyd';

const log = journal();

class Orders {
  logger = new Logger('Orders');

  async place() {
    this.logger.log('order placed');
    await sleep(5);
    log.child({ component: 'bank' }).warn('slow answer');
    return 'placed';
  }

  broken() {
    throw new TypeError('no such item');
  }
}
// What @Controller(), @Post() and @Get() do: Node runs no decorators.
Controller()(Orders);
Post('orders')(Orders.prototype, 'place', Object.getOwnPropertyDescriptor(Orders.prototype, 'place'));
Get('broken')(Orders.prototype, 'broken', Object.getOwnPropertyDescriptor(Orders.prototype, 'broken'));

const app = await NestFactory.create({ module: Orders, controllers: [Orders] }, { logger: log });
app.use((request, _response, next) => log.run({ requestId: request.get('x-request-id') ?? randomUUID() }, next));
await app.init();
await listen(app.getHttpServer(), { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => void app.close());
