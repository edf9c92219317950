// Where a service is in its life, by what it says: Type=notify and Type=notify-reload in systemd.service(5). Pure, so that
// a table can test it.
import type { Exit } from './launch.ts';
import type { Notification } from './notification.ts';

export type Phase = 'starting' | 'running' | 'reloading' | 'stopping' | 'ended';

/** As `systemctl show -P Result` has it. */
export type Result = 'success' | 'protocol' | 'exit-code' | 'signal' | 'watchdog' | 'timeout';

/** A reload that was asked for. */
export interface Reload {
  /** When the signal was sent, on CLOCK_MONOTONIC: an answer from before belongs to another one. */
  readonly sentUsec: bigint;
  begun: boolean;
  done: boolean;
}

export class ServiceState {
  readonly messages: Notification[] = [];
  #phase: Phase = 'starting';
  #status = '';
  #reload: Reload | undefined;

  get phase(): Phase {
    return this.#phase;
  }

  get status(): string {
    return this.#status;
  }

  hear(notification: Notification): void {
    this.messages.push(notification);
    // A barrier travels alone: whatever else such a message says is not read.
    if (notification.barrier) return;
    if (notification.stopping) this.beginStop();
    if (notification.reloading) this.#beginReload(notification.monotonicUsec);
    if (notification.ready) this.#becomeReady();
    this.#status = notification.status ?? this.#status;
  }

  expectReload(sentUsec: bigint): Reload {
    this.#reload = { sentUsec, begun: false, done: false };
    return this.#reload;
  }

  beginStop(): void {
    if (this.#phase !== 'ended') this.#phase = 'stopping';
  }

  /** The result that the exit by itself tells. */
  end({ code, signal }: Exit): Result {
    const phase = this.#phase;
    this.#phase = 'ended';
    // SIGTERM is how a service without a handler for it is expected to end.
    if (signal !== null) return phase === 'stopping' && signal === 'SIGTERM' ? 'success' : 'signal';
    if (code !== 0) return 'exit-code';
    return phase === 'starting' ? 'protocol' : 'success';
  }

  #beginReload(monotonicUsec: bigint | undefined): void {
    if (this.#phase !== 'running') return;
    this.#phase = 'reloading';
    const reload = this.#reload;
    if (reload !== undefined && monotonicUsec !== undefined && monotonicUsec >= reload.sentUsec) reload.begun = true;
  }

  #becomeReady(): void {
    if (this.#phase === 'stopping' || this.#phase === 'ended') return; // final since systemd 259
    this.#phase = 'running';
    if (this.#reload?.begun) this.#reload.done = true;
  }
}
