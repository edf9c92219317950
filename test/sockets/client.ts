// Clients for the servers of the fixtures: they return only the answer of the server.
import { execFile } from 'node:child_process';

import { get } from 'node:http';
import http2 from 'node:http2';
import { type RequestOptions as SecureOptions, get as secureGet } from 'node:https';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as secureConnect } from 'node:tls';
import { promisify } from 'node:util';
import type { SocketAddress } from '../../src/sockets/kind.ts';

export type Protocol = 'net' | 'tls' | 'http' | 'https' | 'http2' | 'http2s';

/** In the form in which Node's clients take an address. */
function optionsOf(address: SocketAddress) {
  if ('path' in address) return { path: address.path.replace(/^@/, '\0') };
  return { host: address.address, port: address.port };
}

function getText(request: typeof get, address: SocketAddress): Promise<string> {
  const options = 'path' in address ? { socketPath: optionsOf(address).path } : optionsOf(address);
  return new Promise((resolve, reject) => {
    request({ ...options, agent: false, rejectUnauthorized: false } as SecureOptions, (response) =>
      resolve(text(response)),
    ).on('error', reject);
  });
}

async function getText2(scheme: 'http' | 'https', address: SocketAddress): Promise<string> {
  const options = { rejectUnauthorized: false };
  const session = http2.connect(`${scheme}://localhost`, {
    ...options,
    createConnection: () => {
      const where = optionsOf(address) as { path: string };
      return scheme === 'http' ? connect(where) : secureConnect({ ...where, ...options, ALPNProtocols: ['h2'] });
    },
  });
  try {
    return await text(session.request({ ':path': '/' }));
  } finally {
    session.close();
  }
}

/** What the server answers. */
export async function ask(protocol: Protocol, address: SocketAddress): Promise<string> {
  const where = optionsOf(address) as { path: string }; // or host and port: the types want to know which
  switch (protocol) {
    case 'net':
      return await text(connect(where));
    case 'tls':
      return await text(secureConnect({ ...where, rejectUnauthorized: false }));
    case 'http':
      return await getText(get, address);
    case 'https':
      return await getText(secureGet, address);
    case 'http2':
      return await getText2('http', address);
    case 'http2s':
      return await getText2('https', address);
    default:
      throw new Error(`no client for ${protocol as string}`);
  }
}

/** The same for a plain socket of an abstract name, which Node 20 cannot connect to: it fills the name up with NULs. */
export async function askAbstract(name: string): Promise<string> {
  const script = `import socket, sys
client = socket.socket(socket.AF_UNIX); client.connect("\\0" + sys.argv[1]); print(client.recv(99).decode(), end="")`;
  const { stdout } = await promisify(execFile)('python3', ['-c', script, name]);
  return stdout;
}
