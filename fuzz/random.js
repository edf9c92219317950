// Numbers, texts and values that follow from a seed alone, so that a run can be repeated.

/** Mulberry32. */
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(next() * limit);
  const pick = (list) => list[below(list.length)];
  return { next, below, pick, chance: (probability) => next() < probability };
}

const PIECES = [
  '',
  ' ',
  '\n',
  '\0',
  '\r',
  '\\',
  '=',
  ':',
  '"',
  '\u001b[2J',
  '\u009b',
  '\u2028',
  'é',
  '日',
  '😀',
  '\ud800',
  '<0>',
  '%s',
];
const WORDS = [
  'READY=1',
  'MAINPID=1',
  'WATCHDOG=trigger',
  'STATUS=',
  'FDSTORE=1',
  'PRIORITY=0',
  'MESSAGE',
  'SYSLOG_IDENTIFIER',
  'priority',
  'messageId',
  '_PID',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'x',
  'web',
  'level',
  'err',
  'stack',
  'Error: x\n    at f (/f.js:1:2)',
  '2fa',
  '-1',
  '0',
  '1e9',
  '18446744073709551615',
  '/',
  '..',
  '@abstract',
  '/run/x',
];

export function text(random) {
  const parts = Array.from({ length: random.below(5) }, () => {
    const piece = random.chance(0.5) ? random.pick(WORDS) : random.pick(PIECES);
    return random.chance(0.05) ? piece.repeat(random.below(20_000)) : piece;
  });
  return parts.join('').slice(0, 200_000);
}

export function number(random) {
  return random.pick([
    0,
    -0,
    1,
    -1,
    3,
    0.5,
    255,
    1000,
    4096,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    1e300,
    Infinity,
    -Infinity,
    NaN,
  ]);
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const fail = () => {
  throw new Error('a getter that throws');
};

const STRANGE = [
  () => undefined,
  () => null,
  () => revoked(),
  () => new Proxy({}, { get: fail, has: fail, ownKeys: fail, getPrototypeOf: fail }),
  () => Object.defineProperty({}, 'x', { get: fail, enumerable: true }),
  () => Object.create(null),
  () => Object.assign(Object.create({ inherited: 1 }), { own: 1 }),
  () => Symbol('s'),
  () => fail,
  () => 10n ** 30n,
  () => new Map([['a', new Set([1])]]),
  () => new Date(NaN),
  () => /x/g,
  () => new URL('http://a.example/'),
  () => new Uint8Array(3),
  () => new ArrayBuffer(8),
  () => new Array(1e9),
  () => Object('boxed'),
  () => new AggregateError([new Error('one'), 'two'], 'all', { cause: new TypeError('cause') }),
  () => Object.assign(new Error('e'), { code: 'ECODE', errno: -111, stack: 5 }),
  () => ({ toJSON: fail, toString: fail, valueOf: fail }),
  () => Promise.resolve(1),
  () => globalThis,
];

/** A random value, nested up to a depth. */
export function value(random, depth = 2) {
  const kind = random.below(10);
  if (kind < 3) return text(random);
  if (kind < 5) return number(random);
  if (kind < 6) return random.chance(0.5);
  if (kind < 8 || depth === 0) return random.pick(STRANGE)();
  if (kind < 9) return Array.from({ length: random.below(4) }, () => value(random, depth - 1));
  return record(random, [], depth - 1);
}

/** An object, mostly with keys that its receiver knows. */
export function record(random, keys, depth = 1) {
  const result = {};
  for (let count = random.below(5); count > 0; count -= 1) {
    const key = keys.length > 0 && random.chance(0.9) ? random.pick(keys) : text(random).slice(0, 300);
    Object.defineProperty(result, key, {
      value: value(random, depth),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return result;
}
