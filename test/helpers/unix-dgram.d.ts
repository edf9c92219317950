declare module 'unix-dgram' {
  interface DatagramSocket {
    bind(path: string): void;
    close(): void;
    send(bytes: Buffer, offset: number, length: number, path: string, done: (error?: Error) => void): void;
    on(event: 'error', listener: (error: Error) => void): this;
  }
  const unix: { createSocket(type: 'unix_dgram', onMessage?: (bytes: Buffer) => void): DatagramSocket };
  export default unix;
}
