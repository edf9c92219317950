import { Controller, Get } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { listen, ready } from 'readyd';

// What @Controller() and @Get() do: Node runs no decorators.
class Greeting {
  greet() {
    return 'hello from nest';
  }
}
Controller()(Greeting);
Get()(Greeting.prototype, 'greet', Object.getOwnPropertyDescriptor(Greeting.prototype, 'greet'));

const app = await NestFactory.create({ module: Greeting, controllers: [Greeting] }, { logger: ['error'] });
await app.init();
await listen(app.getHttpServer(), { name: 'web', fallback: process.env.PORT ?? 8080 });
await ready();
process.once('SIGTERM', () => void app.close());
