// As TypeScript compiles it, in short.
require('reflect-metadata'); // oxlint-disable-line import/no-unassigned-import
const { Controller, Get, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');

class AppController {
  hello() {
    return 'hello';
  }
  fail() {
    throw new Error('no database');
  }
}
for (const [method, path] of [
  ['hello', '/'],
  ['fail', '/fail'],
]) {
  const descriptor = Object.getOwnPropertyDescriptor(AppController.prototype, method);
  Reflect.decorate([Get(path)], AppController.prototype, method, descriptor);
}
Reflect.decorate([Controller()], AppController);

class AppModule {} // oxlint-disable-line typescript/no-extraneous-class
Reflect.decorate([Module({ controllers: [AppController] })], AppModule);

async function main() {
  const app = await NestFactory.create(AppModule);
  app.enableShutdownHooks();
  await app.listen(3003);
}
void main();
