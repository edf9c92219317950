// Importing or requiring this makes a service of an unchanged program: docs/auto.md.
import { start } from './auto/entry.ts';

start();
