// Where a frame of V8's debugger is in the code: as a path and from line 1 on, in the original source where the program runs
// with source maps.
import { SourceMap, type SourceMapPayload } from 'node:module';
import { fileURLToPath } from 'node:url';
import { readRegularFile } from '../regular-file.ts';
import type { RawFrame } from './stack-capture.ts';

export interface Place {
  /** Empty for a function without a name. */
  readonly func: string;
  /** A path, a `node:` name, or empty for what `eval` made. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A larger one is not read: there is little time, and little memory. */
const MAP_BYTES_MAX = 16 * 1024 * 1024;
const BASE64_MAP = /^data:application\/json[^,]*;base64,/;

/** The places of a stack; with `useSourceMaps` those of the original source, where its map can be read. */
export function locate(frames: readonly RawFrame[], useSourceMaps: boolean): Place[] {
  const maps = new Map<string, SourceMap | undefined>();
  return frames.map((frame) => (useSourceMaps ? mapped(frame, maps) : undefined) ?? generated(frame));
}

function generated({ func, url, line, column }: RawFrame): Place {
  return { func, file: filePath(url), line: line + 1, column: column + 1 };
}

function mapped(frame: RawFrame, maps: Map<string, SourceMap | undefined>): Place | undefined {
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
    return undefined; // a map that is not there, or is none: the generated place is true as well
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

/** What the sources in a map are relative to: the map, or the script that holds it. */
function mapAddress(url: string, sourceMap: string): URL {
  const script = url.startsWith('/') ? `file://${url}` : url; // CommonJS has a path here
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
