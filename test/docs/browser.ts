// Controls Debian's chromium by the DevTools protocol over two pipes, without a port and without a package.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A message from the browser: the answer to a command, or an event on a page. */
interface Message {
  readonly id?: number;
  readonly result?: Reply;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: Reply;
  readonly sessionId?: string;
}

/** The fields of results and events that this file reads; each command and event has some of them. */
interface Reply {
  readonly targetId: string;
  readonly sessionId: string;
  readonly type: string;
  readonly errorText: string;
  readonly entry: { readonly level: string; readonly text: string };
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } };
  readonly result: { readonly value: unknown };
}

export function hasChromium(): boolean {
  return spawnSync('chromium', ['--version'], { stdio: 'ignore' }).status === 0;
}

export class Browser {
  readonly #profile = mkdtempSync(join(tmpdir(), 'readyd-chromium-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, { resolve(result: Reply): void; reject(error: Error): void }>();
  readonly #pages = new Map<string, Page>();
  #sent = 0;
  #rest = '';

  constructor() {
    // Chromium has no sandbox as root. The options turn off its requests to its vendor.
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-sync'];
    const quiet = [
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--no-proxy-server',
    ];
    const args = [...flags, ...quiet, '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`];
    // Chromium is many processes, so it gets its own process group.
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    this.#child = spawn('chromium', args, { stdio: [...stdio], detached: true });
    this.#ended = once(this.#child, 'exit');
    this.#commands = this.#child.stdio[3] as Writable; // stdio has 'pipe' there
    const messages = this.#child.stdio[4] as Readable;
    messages.setEncoding('utf8').on('data', (chunk: string) => this.#read(chunk));
    messages.on('end', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('chromium has ended'));
    });
    this.#commands.on('error', () => undefined); // the end of the other pipe reports it
  }

  /** A page of that width in CSS pixels. */
  async page(width: number): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page((method, params) => this.send(method, params, sessionId));
    this.#pages.set(sessionId, page);
    await page.prepare(width);
    return page;
  }

  send(method: string, params: object = {}, sessionId?: string): Promise<Reply> {
    this.#sent += 1;
    const id = this.#sent;
    this.#commands.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #read(chunk: string): void {
    const texts = (this.#rest + chunk).split('\0');
    this.#rest = texts.pop() ?? '';
    for (const text of texts) this.#take(JSON.parse(text) as Message);
  }

  #take({ id, result, error, method, params, sessionId = '' }: Message): void {
    if (method !== undefined && params !== undefined) this.#pages.get(sessionId)?.happened(method, params);
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (result !== undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error?.message));
  }

  async close(): Promise<void> {
    await this.send('Browser.close').catch(() => undefined);
    await this.#ended;
    rmSync(this.#profile, { recursive: true, maxRetries: 5 });
  }
}

function whatWasThrown({ exceptionDetails: details }: Reply): string {
  return details?.exception?.description ?? details?.text ?? 'something';
}

export class Page {
  /** The errors in the console, and the files that could not be loaded. */
  readonly faults: string[] = [];
  readonly #send: (method: string, params?: object) => Promise<Reply>;
  #loaded: () => void = () => undefined;

  constructor(send: (method: string, params?: object) => Promise<Reply>) {
    this.#send = send;
  }

  async prepare(width: number): Promise<void> {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.#send(`${domain}.enable`);
    // A page in the background does less work.
    await this.#send('Page.bringToFront');
    await this.resize(width);
  }

  async resize(width: number): Promise<void> {
    const metrics = { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 };
    await this.#send('Emulation.setDeviceMetricsOverride', metrics);
  }

  /** The colour scheme of the reader's desktop. */
  async prefer(scheme: 'light' | 'dark'): Promise<void> {
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  }

  happened(method: string, params: Reply): void {
    if (method === 'Page.loadEventFired') this.#loaded();
    else if (method === 'Runtime.exceptionThrown') this.faults.push(whatWasThrown(params));
    else if (method === 'Log.entryAdded') this.faults.push(`${params.entry.level}: ${params.entry.text}`);
    else if (method === 'Network.loadingFailed') this.faults.push(`not loaded: ${params.errorText}`);
    else if (method === 'Runtime.consoleAPICalled' && params.type !== 'log') this.faults.push(`console.${params.type}`);
  }

  /** Runs an action that opens another page, and waits until that page is loaded. */
  async leads(action: () => Promise<unknown>): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await action();
    await loaded;
  }

  async open(url: string): Promise<void> {
    await this.leads(() => this.#send('Page.navigate', { url }));
  }

  /** The value of an expression, which the browser evaluates unchanged. */
  async value<T>(expression: string): Promise<T> {
    const reply = await this.#send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (reply.exceptionDetails !== undefined) throw new Error(whatWasThrown(reply));
    return reply.result.value as T; // the caller knows the type of the expression
  }

  /** Clicks the middle of an element with the mouse, as soon as no other element covers it. */
  async click(selector: string): Promise<void> {
    const find = `(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element?.scrollIntoView({ block: 'center', behavior: 'instant' });
      const { x, y, width, height } = element?.getBoundingClientRect() ?? {};
      const middle = { x: x + width / 2, y: y + height / 2 };
      return width > 0 && element.contains(document.elementFromPoint(middle.x, middle.y)) && middle;
    })()`;
    await this.until(find);
    const { x, y } = await this.value<{ x: number; y: number }>(find);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.#send('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }

  async type(text: string): Promise<void> {
    await this.#send('Input.insertText', { text });
  }

  /** Waits until a script of the page makes an expression true. */
  async until(expression: string): Promise<void> {
    await this.value(`new Promise((resolve) => {
      const look = () => (${expression}) ? resolve(true) : setTimeout(look, 10);
      look();
    })`);
  }
}
