// The states of one service unit, and their transitions, like in systemd 262: systemd.service(5). Messages from
// NOTIFY_SOCKET are handled in apply-notification.ts, the common parts of all states are in unit-frame.ts.
import type { Exit } from './launch.ts';
import { type Result, resultOf, shallRestart, timeoutText, waitsForReady } from './service-state.ts';
import type { Command } from './settings.ts';
import { StartLimit } from './start-limit.ts';
import { type Signalling, UnitFrame } from './unit-frame.ts';

export class Unit extends UnitFrame {
  #stays = false;
  #keepsStore = false;
  /** The index of the running command in ExecStart=. */
  #command = 0;
  readonly #limit: StartLimit;
  #activeAt: number | undefined;

  constructor(...parts: ConstructorParameters<typeof UnitFrame>) {
    super(...parts);
    this.#limit = new StartLimit(this.settings.startLimit);
  }

  /** An explicit start, unlike an automatic restart. */
  start(): void {
    this.restarts = 0;
    this.#limit.reset();
    this.#start();
  }

  #start(): void {
    this.#stays = false;
    this.#keepsStore = false;
    this.forget();
    this.#limit.count();
    this.#command = 0;
    this.#activeAt = undefined;
    this.runControl('start-pre', this.settings.startPre, (result) => {
      if (result === 'success') this.#enterStart();
      else this.#enterSignal('stop-sigterm', result);
    });
  }

  #enterStart(): void {
    const { type, startTimeout, start } = this.settings;
    const launched = this.effects.spawn(start[this.#command] as Command, 'main', this); // never empty
    this.processes.follow(launched, (exit) => this.#mainEnded(exit));
    const waits = waitsForReady(type) || type === 'oneshot' || launched.fault !== undefined;
    if (waits && type !== 'simple') {
      this.timer.set(startTimeout);
      this.enter('start');
    } else this.enterStartPost();
  }

  enterStartPost(): void {
    this.enter('start-post', this.settings.startPost.length === 0);
    this.resetWatchdog();
    this.runControl('start-post', this.settings.startPost, (result) => {
      if (result === 'success') this.enterRunning('success');
      else this.#enterSignal('stop-sigterm', result);
    });
  }

  enterRunning(result: Result): void {
    this.fail(result);
    if (this.processes.main !== undefined) this.#goOn();
    else if (this.result !== 'success') this.#enterSignal('stop-sigterm', result);
    else if (this.settings.remainAfterExit) {
      this.timer.clear();
      this.enter('exited');
    } else this.#enterStop('success');
  }

  #goOn(): void {
    if (this.reported.life === 'reloading') this.enterReloadByNotify();
    else if (this.reported.life === 'stopping') this.enterStopByNotify();
    else {
      this.#activeAt ??= performance.now();
      this.timer.set(Math.max(0, this.#activeAt + this.settings.runtimeMax - performance.now()));
      this.enter('running');
    }
  }

  /** Returns false if the unit cannot be reloaded now. */
  reload(): boolean {
    if (this.state !== 'running' && this.state !== 'exited') return false;
    this.reloadResult = 'success';
    const { type, reload, startTimeout, reloadSignal } = this.settings;
    if (this.state === 'running' && (type === 'notify-reload' || reload.length === 0)) {
      this.reported.life = 'unknown';
      this.reloadSentUsec = process.hrtime.bigint() / 1000n;
      this.record(`sends ${reloadSignal}`);
      this.processes.signalMain(reloadSignal);
      this.timer.set(startTimeout);
      this.enter('reload-signal');
    } else
      this.runControl('reload', reload, (result) => {
        this.reloadResult = result;
        this.enterRunning('success');
      });
    return true;
  }

  /** Set `keepsStore` if it will be started again immediately. */
  stop(keepsStore = false): void {
    this.#stays = true;
    this.#keepsStore = keepsStore;
    if (this.state === 'auto-restart') this.#cancelRestart();
    else if (this.state === 'running' || this.state === 'exited') this.#enterStop('success');
    else if (!this.over && !/^(stop|final)/.test(this.state)) this.#enterSignal('stop-sigterm', 'success');
  }

  /** Kills it immediately, in any state. */
  kill(): void {
    this.#stays = true;
    if (this.state === 'auto-restart') this.#cancelRestart();
    else if (!this.over) this.#enterSignal('final-sigkill', 'success');
  }

  /** Stopped while waiting for a restart: `dead`, whatever the result was. */
  #cancelRestart(): void {
    this.timer.clear();
    if (this.settings.fdStorePreserve !== 'yes' && !this.#keepsStore) this.store.clear();
    this.enter('dead');
  }

  #enterStop(result: Result): void {
    this.fail(result);
    this.runControl('stop', this.settings.stop, (outcome) => this.#enterSignal('stop-sigterm', outcome));
  }

  #enterStopPost(result: Result): void {
    this.fail(result);
    this.runControl('stop-post', this.settings.stopPost, (outcome) => this.#enterSignal('final-sigterm', outcome));
  }

  override forceWatchdog(): void {
    if (this.over) return;
    this.record('the watchdog timed out');
    this.#enterSignal('stop-watchdog', 'watchdog');
  }

  /** MAINPID= */
  moveMain(pid: number): void {
    this.processes.followStranger(pid, (exit) => this.#mainEnded(exit));
  }

  /** Ends the start with a failure. */
  refuse(result: Result): void {
    this.#enterSignal('stop-sigterm', result);
  }

  #enterSignal(state: Signalling, result: Result): void {
    this.fail(result);
    const { killMode, stopTimeout, abortTimeout } = this.settings;
    const last = state === 'stop-sigkill' || state === 'final-sigkill';
    const signal = this.signalFor(state);
    if (this.processes.kill(signal, killMode, last)) {
      this.record(`sends ${signal}`);
      this.timer.set(state === 'stop-watchdog' ? abortTimeout : stopTimeout);
      this.enter(state);
      this.waitForRest();
    } else if (state === 'stop-watchdog' || state === 'stop-sigterm') this.#enterSignal('stop-sigkill', 'success');
    else if (state === 'stop-sigkill') this.#enterStopPost('success');
    else if (state === 'final-sigterm') this.#enterSignal('final-sigkill', 'success');
    else this.#enterDead('success', true);
  }

  protected override allEnded(): void {
    if (this.state.startsWith('final-')) this.#enterDead('success', true);
    else if (this.state.startsWith('stop-')) this.#enterStopPost('success');
  }

  #enterDead(result: Result, mayRestart: boolean): void {
    this.fail(result);
    const { restartDelay, fdStorePreserve } = this.settings;
    const again = mayRestart && !this.#stays && shallRestart(this.settings, this.result, this.exit);
    if (fdStorePreserve === 'no') this.store.clear();
    if (again) {
      this.record(`the service ended with result ${this.result}; starts it again in ${restartDelay} ms`);
      this.timer.set(restartDelay);
      this.enter('auto-restart');
      return;
    }
    this.timer.clear();
    if (fdStorePreserve !== 'yes' && !this.#keepsStore) this.store.clear();
    const pinned = fdStorePreserve === 'yes' && this.store.entries.length > 0;
    this.enter(this.result === 'success' ? (pinned ? 'dead-resources-pinned' : 'dead') : 'failed');
  }

  #restart(): void {
    this.restarts += 1;
    if (this.#limit.isReached) {
      const { burst, interval } = this.settings.startLimit;
      this.record(`does not start it again: ${burst} starts within ${interval} ms`);
      this.result = 'start-limit-hit';
      this.#stays = true;
      this.#enterDead('start-limit-hit', false);
      return;
    }
    this.#start();
  }

  #mainEnded(exit: Exit): void {
    this.exit = exit;
    const { type, successExitStatus, start } = this.settings;
    const mayFail = start[this.#command]?.mayFail === true;
    const result = mayFail ? 'success' : resultOf(exit, type, successExitStatus);
    this.fail(result);
    if (this.processes.control !== undefined) return;
    const state = this.state;
    if (state === 'start') this.#endedInStart(result);
    else if (state === 'running') this.enterRunning(result);
    else if (state.startsWith('reload')) this.#enterStop(result);
    else if (state === 'stop-watchdog' || state === 'stop-sigterm' || state === 'stop-sigkill')
      this.#enterStopPost(result);
    else if (state.startsWith('final-')) this.waitForRest();
    this.effects.changed();
  }

  #endedInStart(result: Result): void {
    const { type, start } = this.settings;
    if (type === 'oneshot' && result === 'success' && this.#command + 1 < start.length) {
      this.#command += 1;
      this.#enterStart();
    } else if (type === 'oneshot' && result === 'success') this.enterStartPost();
    else if (result !== 'success') this.#enterSignal('stop-sigterm', result);
    else if (!this.settings.remainAfterExit) {
      this.record('the main process exited before READY=1');
      this.#enterSignal('stop-sigterm', 'protocol');
    }
  }

  protected override timeout(): void {
    const state = this.state;
    if (state === 'auto-restart') {
      this.#restart();
      return;
    }
    this.record(timeoutText(state, this.settings.type));
    if (state.startsWith('reload')) {
      this.reloadResult = 'timeout';
      this.reported.life = 'unknown';
      this.enterRunning('success');
    } else if (state === 'running') this.#enterStop('timeout');
    else if (state === 'stop-sigterm' || state === 'stop-watchdog') this.#enterSignal('stop-sigkill', 'timeout');
    else if (state === 'stop-sigkill') this.#enterStopPost('timeout');
    else if (state === 'final-sigterm' || state === 'stop-post') this.#enterSignal('final-sigkill', 'timeout');
    else if (state === 'final-sigkill') this.#enterDead('timeout', true);
    else this.#enterSignal('stop-sigterm', 'timeout');
  }
}
