// Import or require this to turn an unchanged program into a service: docs/auto.md.
import { start } from './auto/entry.ts';

start();
