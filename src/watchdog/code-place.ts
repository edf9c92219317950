// Converts a frame of V8's debugger to a code location: a path and a line from 1 on, in the original source if the
// program runs with source maps.
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../regular-file.ts';
import type { RawFrame } from './stack-capture.ts';

export interface CodePlace {
  /** Empty for a function without a name. */
  readonly func: string;
  /** A path, a `node:` name, or empty for code from `eval`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A larger map is not read: time and memory are short. */
const MAP_BYTES_MAX = 16 * 1024 * 1024;
const BASE64_MAP = /^data:application\/json[^,]*;base64,/;

/** The locations of a stack; with `useSourceMaps` those in the original source, if its map can be read. */
export function locate(frames: readonly RawFrame[], useSourceMaps: boolean): CodePlace[] {
  const maps = new Map<string, SourceMap | undefined>();
  return frames.map((frame) => (useSourceMaps ? mapped(frame, maps) : undefined) ?? generated(frame));
}

function generated({ func, url, line, column }: RawFrame): CodePlace {
  return { func, file: filePath(url), line: line + 1, column: column + 1 };
}

function mapped(frame: RawFrame, maps: Map<string, SourceMap | undefined>): CodePlace | undefined {
  const { func, url, sourceMap } = frame;
  if (sourceMap === undefined) return undefined;
  try {
    if (!maps.has(url)) maps.set(url, readMap(url, sourceMap));
    const entry = maps.get(url)?.findEntry(frame.line, frame.column);
    if (entry === undefined || !('originalSource' in entry)) return undefined;
    const { originalSource, originalLine, originalColumn } = entry;
    const source = new URL(originalSource, mapAddress(url, sourceMap)).href;
    return { func, file: filePath(source), line: originalLine + 1, column: originalColumn + 1 };
  } catch {
    return undefined; // the map is missing or invalid: use the location in the generated code
  }
}

function readMap(url: string, sourceMap: string): SourceMap | undefined {
  const text = mapText(url, sourceMap);
  return text === undefined ? undefined : new SourceMap(JSON.parse(text) as SourceMapPayload); // checked by use
}

function mapText(url: string, sourceMap: string): string | undefined {
  if (sourceMap.length > MAP_BYTES_MAX) return undefined;
  if (BASE64_MAP.test(sourceMap)) return Buffer.from(sourceMap.replace(BASE64_MAP, ''), 'base64').toString();
  const address = mapAddress(url, sourceMap);
  return address.protocol === 'file:' ? readRegularFile(address, MAP_BYTES_MAX).toString() : undefined;
}

/** The base of the source paths in a map: the map itself, or the script that contains it. */
function mapAddress(url: string, sourceMap: string): URL {
  const script = url.startsWith('/') ? `file://${url}` : url; // a CommonJS script has a path instead of a URL
  return sourceMap.startsWith('data:') ? new URL(script) : new URL(sourceMap, script);
}

function filePath(url: string): string {
  if (!url.startsWith('file:')) return url;
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}
